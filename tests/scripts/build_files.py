"""What CMakeLists.txt and BUILD.bazel files say, without running either build."""

import dataclasses
import pathlib
import re

TOP = pathlib.Path(__file__).resolve().parents[2]
ROOMS = ("proto", "core", "interceptor", "service", "tests")
KINDS = ("library", "proto_library", "executable", "test")

INTERFACE_LIBRARY = re.compile(r"add_library\(grpc_paseto_(\w+) INTERFACE\)")
CALL = re.compile(r"\bpaseto_(library|proto_library|executable|test)\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
LINKS = re.compile(r"target_link_libraries\((\w+)\s([^()]*)\)")


@dataclasses.dataclass
class Target:
    room: str
    kind: str
    deps: set  # names of our targets
    files: list = dataclasses.field(default_factory=list)  # paths below TOP; of CMake's targets, none


def read_cmake(room, text):
    """{name: Target} of one CMakeLists.txt."""
    ours = lambda words: {word.removeprefix("grpc_paseto::") for word in words if word.startswith("grpc_paseto::")}
    text = re.sub(r"#.*", "", text)
    targets = {}
    for kind, body in CALL.findall(text):
        words = body.split()
        targets[words[0]] = Target(room, kind, ours(words[1:]))
    for name in INTERFACE_LIBRARY.findall(text):
        targets[name] = Target(room, "library", set())
    for name, body in LINKS.findall(text):
        name = name.removeprefix("grpc_paseto_")
        if name in targets:
            targets[name].deps |= ours(body.split())
    return targets


def read_bazel(room, text):
    """The same of one BUILD.bazel: it is Python too, and is executed with recorders in the place of its macros."""
    targets = {}

    def glob(patterns, exclude=()):
        found = lambda wanted: {str(path.relative_to(TOP / room)) for one in wanted for path in (TOP / room).glob(one)}
        return sorted(found(patterns) - found(exclude))

    def recorder(kind):
        def record(name, deps=(), folder=None, exclude=(), srcs=(), hdrs=(), protos=(), **_):
            files = glob([f"{folder}/*.cc", f"{folder}/*.h"], exclude) if folder else [*srcs, *hdrs, *protos]
            ours = {label.rsplit(":", 1)[-1].rsplit("/", 1)[-1] for label in deps if not label.startswith("@")}
            targets[name] = Target(room, kind, ours, [f"{room}/{file}" for file in files])

        return record

    ignored = dict.fromkeys(("load", "package", "filegroup", "exports_files"), lambda *_, **__: None)
    exec(text, {**ignored, "glob": glob, **{f"paseto_{kind}": recorder(kind) for kind in KINDS}})
    return targets


def cmake_targets(leave_out=()):
    """All of CMake's, less those of the folders `leave_out` under tests/."""
    targets = {}
    for room in ROOMS:
        for path in sorted((TOP / room).rglob("CMakeLists.txt")):
            if room != "tests" or path.parent.relative_to(TOP / room).parts[:1] not in [(name,) for name in leave_out]:
                targets |= read_cmake(room, path.read_text())
    return targets


def bazel_targets():
    targets = {}
    for room in ROOMS:
        targets |= read_bazel(room, (TOP / room / "BUILD.bazel").read_text())
    return targets
