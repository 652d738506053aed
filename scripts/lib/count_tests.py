#!/usr/bin/env python3
"""Counts the results in ctest's JUnit files: prints "N passed, N failed, N skipped".

Exits with 1 when a test failed or when there was none. With --require-all a skipped test counts as failed.
"""
import argparse
import sys
import xml.etree.ElementTree as ElementTree


def outcome(case):
    """"passed", "failed" or "skipped" for a <testcase>; whatever ctest could not start counts as failed."""
    status = case.get("status")
    if status == "run":
        return "passed"
    if status == "disabled":
        return "skipped"
    reason = case.find("skipped")
    if status == "notrun" and reason is not None and reason.get("message", "").startswith("SKIP_"):
        return "skipped"
    return "failed"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--require-all", action="store_true")
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()

    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for path in arguments.files:
        for case in ElementTree.parse(path).getroot().iter("testcase"):
            result = outcome(case)
            if result == "skipped" and arguments.require_all:
                print(f"skipped, but every test is required: {case.get('name')}", file=sys.stderr)
                result = "failed"
            counts[result] += 1
    print(f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped")
    return 1 if counts["failed"] or not counts["passed"] else 0


sys.exit(main())
