"""docs/clients.md says of every reason what a client does about it."""
import pathlib
import re
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]


class ClientsDocTest(unittest.TestCase):
    def test_names_every_reason(self):
        reasons = re.findall(r"REASON_([A-Z_]+) = [1-9]", (TOP / "proto/paseto/v1/reason.proto").read_text())
        text = (TOP / "docs/clients.md").read_text()
        self.assertGreater(len(reasons), 40)
        self.assertEqual([], [reason for reason in map(str.lower, reasons) if not re.search(rf"\b{reason}\b", text)])


if __name__ == "__main__":
    unittest.main()
