#!/usr/bin/env python3
"""The Bazel build has the targets of the CMake build, with the same dependencies among them, and these are all that the
sources need: Bazel shows a source nothing else. Every complaint says what to change."""

import re
import unittest

from build_files import TOP, Target, bazel_targets, cmake_targets, read_bazel, read_cmake

# Folders under tests/ that CMake alone builds, each with its reason.
CMAKE_ONLY_FOLDERS = {
    "bench": "measured in release builds",
    "conformance": "the official vectors are not in this tree",
    "constant_time": "runs under valgrind",
    "consumer": "tests the CMake package",
    "differential": "other languages' libraries",
    "examples": "Bazel builds the product, not the examples",
    "fuzz": "libFuzzer needs the preset fuzz",
    "newer_grpc": "stands in front of gRPC's own header",
    "polyglot": "other languages' toolchains",
}
# Every header under tests/ belongs to it, so a test may need it that does not in CMake.
HEADERS_OF_TESTS = "test_support"


def differences(cmake, bazel):
    for name in sorted(cmake.keys() - bazel.keys()):
        target = cmake[name]
        yield (f'{target.room}/BUILD.bazel: add paseto_{target.kind}(name = "{name}", ...), with '
               f'{", ".join(sorted(target.deps)) or "none"} of our targets in deps')
    for name in sorted(bazel.keys() - cmake.keys()):
        yield f"{bazel[name].room}/BUILD.bazel: {name} is not in CMake; remove it, or add it there"
    for name in sorted(cmake.keys() & bazel.keys()):
        one, other = cmake[name], bazel[name]
        if (one.room, one.kind) != (other.room, other.kind):
            yield f"{other.room}/BUILD.bazel: {name} is a {one.kind} of {one.room}/ in CMake"
        if missing := sorted(one.deps - other.deps):
            yield f"{other.room}/BUILD.bazel: add to the deps of {name}: {', '.join(missing)}"
        if extra := sorted(other.deps - one.deps - {HEADERS_OF_TESTS}):
            yield f"{other.room}/BUILD.bazel: {name} does not depend on {', '.join(extra)} in CMake; remove that"


def header_owners(targets):
    """{header as it is included: targets that have it}; generated headers are below proto/ or the top."""
    owners = {}
    for name, target in targets.items():
        for file in target.files:
            if file.endswith(".h"):
                owners.setdefault("grpc_paseto/" + file, set()).add(name)
            elif file.endswith(".proto"):
                for ending in (".pb.h", ".grpc.pb.h"):
                    owners.setdefault(file.removeprefix("proto/").removesuffix(".proto") + ending, set()).add(name)
    return owners


def with_dependencies(name, targets):
    reached, waiting = set(), [name]
    while waiting:
        if (one := waiting.pop()) not in reached:
            reached.add(one)
            waiting.extend(targets[one].deps & targets.keys())
    return reached


def undeclared_includes(targets, read=lambda file: (TOP / file).read_text()):
    owners = header_owners(targets)
    for name, target in targets.items():
        if name == HEADERS_OF_TESTS:
            continue
        reachable = with_dependencies(name, targets)
        for file in target.files:
            for header in re.findall(r'^#include "([^"]+)"', read(file), re.MULTILINE):
                if header in owners and not owners[header] & reachable:
                    yield (f"{file} includes {header}: add {' or '.join(sorted(owners[header]))} to the dependencies of "
                           f"{name}, in CMakeLists.txt and in {target.room}/BUILD.bazel")


def forgotten_sources(targets):
    used = {file for target in targets.values() for file in target.files}
    for room in ("core", "interceptor", "service", "tests"):
        for path in sorted((TOP / room).rglob("*.cc")):
            file, parts = str(path.relative_to(TOP)), path.relative_to(TOP / room).parts
            if file not in used and not (room == "tests" and parts[0] in CMAKE_ONLY_FOLDERS):
                yield f"{room}/BUILD.bazel: no target has {file}"


class BazelMirrorsCmake(unittest.TestCase):
    maxDiff = None

    def test_same_targets(self):
        cmake = cmake_targets(CMAKE_ONLY_FOLDERS)
        self.assertGreater(sum(target.kind == "test" for target in cmake.values()), 20)
        self.assertEqual([], list(differences(cmake, bazel_targets())))

    def test_targets_depend_on_what_they_include(self):
        self.assertEqual([], list(undeclared_includes(bazel_targets())))

    def test_no_source_is_forgotten(self):
        self.assertEqual([], list(forgotten_sources(bazel_targets())))


class Complaints(unittest.TestCase):
    CMAKE = {"a": Target("core", "library", set()), "a_test": Target("tests", "test", {"a"})}

    def found(self, bazel):
        return list(differences(self.CMAKE, bazel))

    def test_none(self):
        self.assertEqual([], self.found(self.CMAKE))

    def test_missing_target(self):
        self.assertEqual(['tests/BUILD.bazel: add paseto_test(name = "a_test", ...), with a of our targets in deps'],
                         self.found({"a": self.CMAKE["a"]}))

    def test_target_that_cmake_has_not(self):
        self.assertIn("b is not in CMake", self.found({**self.CMAKE, "b": Target("core", "library", set())})[0])

    def test_other_kind(self):
        self.assertIn("a is a library of core/", self.found({**self.CMAKE, "a": Target("core", "executable", set())})[0])

    def test_missing_and_extra_dependency(self):
        found = self.found({**self.CMAKE, "a_test": Target("tests", "test", {"c"})})
        self.assertIn("add to the deps of a_test: a", found[0])
        self.assertIn("a_test does not depend on c", found[1])

    def test_undeclared_include(self):
        targets = {"a": Target("core", "library", set(), ["core/a.h"]),
                   "p": Target("proto", "proto_library", set(), ["proto/x/p.proto"]),
                   "b": Target("core", "library", {"a"}, ["core/b.cc"]),
                   "c": Target("core", "library", {"b"}, ["core/c.cc"])}
        texts = {"core/b.cc": '#include "x/p.pb.h"\n', "core/c.cc": '#include "grpc_paseto/core/a.h"\n'}
        self.assertEqual(["core/b.cc includes x/p.pb.h: add p to the dependencies of b, in CMakeLists.txt and in "
                          "core/BUILD.bazel"], list(undeclared_includes(targets, lambda file: texts.get(file, ""))))

    def test_readers(self):
        self.assertEqual({"x": Target("core", "library", {"a", "b"}), "y": Target("core", "library", {"x"})},
                         read_cmake("core", """
paseto_library(x SOURCES x.cc DEPS grpc_paseto::a absl::span)  # grpc_paseto::no
target_link_libraries(grpc_paseto_x PRIVATE grpc_paseto::b)
add_library(grpc_paseto_y INTERFACE)
target_link_libraries(grpc_paseto_y INTERFACE "$<BUILD_INTERFACE:z>" grpc_paseto::x)"""))
        self.assertEqual({"x": Target("core", "test", {"a", "proto", "c"}, ["core/x.cc"])}, read_bazel(
            "core", 'paseto_test(name = "x", srcs = ["x.cc"], deps = [":a", "//proto", "//r:c", "@deps//:absl"])'))


if __name__ == "__main__":
    unittest.main()
