"""Counts what peers do, against what is expected and against the differences on record (differences.json)."""
import dataclasses
import json
import pathlib

RECORDS = pathlib.Path(__file__).resolve().parent / "differences.json"
SHOWN = 40  # failures that are printed in full


@dataclasses.dataclass
class Record:
    """A known difference: which peer, in which check, does what instead of the expected, and why.

    `when` says where exactly: a fact of the check equals the value, is in the list, or lies in {"from": a, "to": b}.
    """
    peer: str
    check: str
    outcome: str
    reason: str
    when: dict
    seen: bool = False

    def matches(self, peer, check, facts):
        return (self.peer, self.check) == (peer, check) and all(
            name in facts and fits(facts[name], wanted) for name, wanted in self.when.items())


def fits(fact, wanted):
    if isinstance(wanted, dict):
        return wanted.get("from", fact) <= fact <= wanted.get("to", fact)
    return fact in wanted if isinstance(wanted, list) else fact == wanted


class Comparison:
    def __init__(self, records=None):
        self._records = [Record(**r) for r in (json.loads(RECORDS.read_text()) if records is None else records)]
        self.passed = self.failed = 0

    def outcome(self, peer, check, got, detail="", expected="agrees", **facts):
        """One check: passes when `got` is what is on record for it or, where nothing is, what is expected."""
        record = next((r for r in self._records if r.matches(peer, check, facts)), None)
        if record is not None and record.outcome == got:
            record.seen = True
        self._count(got == (record.outcome if record else expected),
                    f"{peer}: {check} {facts}: {got} {detail}; "
                    + (f"on record: {record.outcome} ({record.reason})" if record else f"expected: {expected}"))

    def ours(self, good, what):
        """A check of our own side, for which there is no record."""
        self._count(good, f"ours: {what}")

    def close(self, peers):
        """A record of an installed peer that nothing met is out of date."""
        for record in self._records:
            if record.peer in peers:
                self._count(record.seen, f"{record.peer}: {record.check} {record.when}: the recorded difference "
                                         f"'{record.outcome}' did not occur; remove it from {RECORDS.name}")

    def _count(self, good, failure):
        if good:
            self.passed += 1
            return
        self.failed += 1
        if self.failed <= SHOWN:
            print("FAILED", failure[:600])
