"""Tests of scripts/lib/count_tests.py on the forms that ctest 3.25 writes."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = pathlib.Path(__file__).resolve().parents[2] / "scripts/lib/count_tests.py"

PASSED = '<testcase name="a" status="run"/>'
FAILED = '<testcase name="b" status="fail"><failure message=""/></testcase>'
SKIPPED = '<testcase name="c" status="notrun"><skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/></testcase>'
NOT_BUILT = '<testcase name="d" status="notrun"><skipped message="Unable to find executable"/></testcase>'
DISABLED = '<testcase name="e" status="disabled"/>'


def count(*cases, options=()):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "results.xml"
        path.write_text("<testsuite>" + "".join(cases) + "</testsuite>")
        done = subprocess.run([sys.executable, PROGRAM, *options, path], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


class CountTests(unittest.TestCase):
    def test_counts_each_outcome(self):
        self.assertEqual(count(PASSED, PASSED, FAILED, SKIPPED, DISABLED), (1, "2 passed, 1 failed, 2 skipped\n"))

    def test_succeeds_when_nothing_failed(self):
        self.assertEqual(count(PASSED, SKIPPED), (0, "1 passed, 0 failed, 1 skipped\n"))

    def test_a_program_that_was_not_built_counts_as_failed(self):
        self.assertEqual(count(PASSED, NOT_BUILT), (1, "1 passed, 1 failed, 0 skipped\n"))

    def test_no_test_at_all_is_a_failure(self):
        self.assertEqual(count(), (1, "0 passed, 0 failed, 0 skipped\n"))

    def test_require_all_turns_a_skip_into_a_failure(self):
        self.assertEqual(count(PASSED, SKIPPED, options=["--require-all"]), (1, "1 passed, 1 failed, 0 skipped\n"))


if __name__ == "__main__":
    unittest.main()
