"""The shapes of target that the project has, as in cmake/GrpcPasetoTargets.cmake, and under the same names.

Sources and headers are found by their folder, so that a new file needs no line here. Warnings are CMake's matter, which
makes them errors.
"""

load("@rules_cc//cc:defs.bzl", "cc_binary", "cc_library", "cc_test")
load("//bazel:proto_code.bzl", "proto_code")

def paseto_library(name, folder = None, srcs = None, hdrs = None, exclude = [], **kwargs):
    """Every source and header of `folder`, less `exclude`; or `srcs` and `hdrs`. Headers are "grpc_paseto/<path>"; those in its
    testing/ are for our own tests."""
    if folder != None:
        srcs = native.glob([folder + "/*.cc"], exclude = exclude)
        hdrs = native.glob([folder + "/*.h", folder + "/testing/*.h"], exclude = exclude, allow_empty = True)
    cc_library(
        name = name,
        srcs = srcs or [],
        hdrs = hdrs or [],
        include_prefix = "grpc_paseto/" + native.package_name(),
        visibility = ["//visibility:public"],
        **kwargs
    )

def paseto_proto_library(name, protos, root = "", grpc = False, deps = []):
    """Message code of `protos`, and service code with grpc. Generated headers are included by their path below `root`."""
    proto_code(
        name = name + "_code",
        srcs = protos,
        root = root,
        grpc = grpc,
    )
    for kind in ["hdrs", "srcs"]:
        native.filegroup(
            name = name + "_" + kind,
            srcs = [name + "_code"],
            output_group = kind,
        )
    cc_library(
        name = name,
        srcs = [name + "_srcs"],
        hdrs = [name + "_hdrs"],
        includes = ["."] if root else [],
        visibility = ["//visibility:public"],
        deps = deps + ["@deps//:protobuf"] + (["@deps//:grpc++"] if grpc else []),
    )

def paseto_executable(name, srcs, deps):
    cc_binary(
        name = name,
        srcs = srcs,
        visibility = ["//visibility:public"],
        deps = deps,
    )

def paseto_test(name, deps, folder = None, srcs = None, exclude = [], **kwargs):
    """A GoogleTest program of the sources of `folder`, less `exclude`; or of `srcs`."""
    cc_test(
        name = name,
        size = "medium",
        srcs = srcs or native.glob([folder + "/*.cc"], exclude = exclude),
        deps = deps + ["@deps//:gtest_main", "@deps//:absl"],
        **kwargs
    )
