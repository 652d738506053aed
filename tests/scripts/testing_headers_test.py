"""Fixed nonces and salts are reachable from tests only, and by the sources that hand random ones to them."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMED = re.compile(r"\btesting_only\b|/testing/")
MAY = re.compile(r"tests/|core/(paseto|legacy)/(\w+\.cc|testing/\w+\.h)$")

sources = [path for top in ["core", "examples", "interceptor", "service", "tests"] for path in (ROOT / top).rglob("*")
           if path.suffix in {".cc", ".h"}]
found = [path.relative_to(ROOT).as_posix() for path in sources if NAMED.search(path.read_text())]
if wrong := [path for path in found if not MAY.match(path)]:
    sys.exit(f"for tests only, and named in: {', '.join(wrong)}")
if not any(path.startswith("core/paseto/testing/") for path in found):
    sys.exit("no source names a header for tests: this test looks for the wrong words")
print(f"{len(found)} sources name them, and may")
