"""The C++ that README.md shows is the C++ that is compiled in examples/smallest."""
import pathlib
import re
import sys
import textwrap

root = pathlib.Path(__file__).resolve().parents[2]
shown = re.search(r"^```cpp\n(.*?)^```$", (root / "README.md").read_text(), re.DOTALL | re.MULTILINE)
compiled = re.search(r"^// README: begin\n(.*?)^// README: end$",
                     (root / "examples/smallest/smallest_server.cc").read_text(), re.DOTALL | re.MULTILINE)
if not shown or not compiled:
    sys.exit("a mark is missing: ```cpp in README.md, or README: begin and end in smallest_server.cc")
if shown.group(1) != compiled.group(1):
    sys.exit(textwrap.dedent("""\
        README.md and examples/smallest/smallest_server.cc differ. Copy the part between the marks
        of smallest_server.cc into the cpp block of README.md."""))
print("equal")
