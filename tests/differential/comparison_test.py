"""Tests of comparison.py: what passes, what fails."""
import contextlib
import io
import unittest

from comparison import Comparison

RECORD = {"peer": "lax", "check": "payload", "outcome": "accepts", "reason": "it does",
          "when": {"variant": ["array", "string"], "bytes": {"from": 10, "to": 20}}}


def failures(*outcomes, records=(RECORD,), peers=()):
    comparison = Comparison(list(records))
    with contextlib.redirect_stdout(io.StringIO()):
        for peer, check, got, facts in outcomes:
            comparison.outcome(peer, check, got, expected="refuses", **facts)
        comparison.close(peers)
    return comparison.failed


class ComparisonTest(unittest.TestCase):
    def test_what_is_expected_passes(self):
        self.assertEqual(failures(("lax", "payload", "refuses", {"variant": "null", "bytes": 12})), 0)

    def test_an_unrecorded_difference_fails(self):
        self.assertEqual(failures(("lax", "payload", "accepts", {"variant": "null", "bytes": 12})), 1)
        self.assertEqual(failures(("other", "payload", "accepts", {"variant": "array", "bytes": 12})), 1)
        self.assertEqual(failures(("lax", "token", "accepts", {"variant": "array", "bytes": 12})), 1)

    def test_a_recorded_difference_passes(self):
        self.assertEqual(failures(("lax", "payload", "accepts", {"variant": "array", "bytes": 12})), 0)

    def test_a_recorded_difference_that_is_gone_fails(self):
        self.assertEqual(failures(("lax", "payload", "refuses", {"variant": "array", "bytes": 12})), 1)

    def test_a_recorded_difference_of_another_kind_fails(self):
        self.assertEqual(failures(("lax", "payload", "panics", {"variant": "array", "bytes": 12})), 1)

    def test_a_record_holds_from_its_first_to_its_last_value(self):
        for size, outcome in ((9, "refuses"), (10, "accepts"), (20, "accepts"), (21, "refuses")):
            self.assertEqual(failures(("lax", "payload", outcome, {"variant": "array", "bytes": size})), 0, size)

    def test_a_record_about_a_fact_that_is_missing_does_not_hold(self):
        self.assertEqual(failures(("lax", "payload", "accepts", {"variant": "array"})), 1)

    def test_a_record_that_nothing_met_fails_when_its_peer_is_installed(self):
        self.assertEqual(failures(peers=["lax"]), 1)
        self.assertEqual(failures(peers=["other"]), 0)
        self.assertEqual(failures(("lax", "payload", "accepts", {"variant": "string", "bytes": 10}), peers=["lax"]), 0)


if __name__ == "__main__":
    unittest.main()
