"""The C++ that the READMEs show is the C++ that is compiled in examples/smallest."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[2]


def shown_in(readme):
    block = re.search(r"^```cpp\n(.*?)^```$", (root / readme).read_text(), re.DOTALL | re.MULTILINE)
    return block.group(1) if block else sys.exit(f"{readme} shows no C++: ```cpp is missing")


def between_marks(source):
    part = re.search(r"^// README: begin\n(.*?)^// README: end$", source, re.DOTALL | re.MULTILINE)
    return part.group(1) if part else source


for readme, path in [("README.md", "examples/smallest/smallest_server.cc"),
                     ("interceptor/README.md", "examples/smallest/guarded_main.cc")]:
    if shown_in(readme) != between_marks((root / path).read_text()):
        sys.exit(f"{readme} and {path} differ: copy the source (the part between its marks, if it has any) into the "
                 "cpp block")
print("equal")
