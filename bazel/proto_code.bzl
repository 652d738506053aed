"""proto_code: what protoc and grpc_cpp_plugin make of .proto files, as output groups hdrs and srcs.

Not cc_proto_library, because the compiler and its plugin are the system's.
"""

def _implementation(ctx):
    out = ctx.bin_dir.path + ("/" + ctx.attr.root if ctx.attr.root else "")
    endings = [".pb.h", ".pb.cc"] + ([".grpc.pb.h", ".grpc.pb.cc"] if ctx.attr.grpc else [])
    package = ctx.label.package + "/"
    outputs = [
        ctx.actions.declare_file(source.short_path[len(package):-len(".proto")] + ending)
        for source in ctx.files.srcs
        for ending in endings
    ]
    arguments = ctx.actions.args()
    arguments.add_all(["-I" + (ctx.attr.root or "."), "-Iproto", "--cpp_out=" + out])
    if ctx.attr.grpc:
        arguments.add_all(["--grpc_out=" + out, "--plugin=protoc-gen-grpc=" + ctx.executable._plugin.path])
    arguments.add_all(ctx.files.srcs)
    ctx.actions.run(
        executable = ctx.executable._protoc,
        arguments = [arguments],
        tools = [ctx.executable._plugin],
        inputs = depset(ctx.files.srcs + ctx.files._contract),
        outputs = outputs,
        mnemonic = "ProtoCode",
    )
    return [
        DefaultInfo(files = depset(outputs)),
        OutputGroupInfo(
            hdrs = depset([output for output in outputs if output.extension == "h"]),
            srcs = depset([output for output in outputs if output.extension == "cc"]),
        ),
    ]

proto_code = rule(
    implementation = _implementation,
    attrs = {
        "srcs": attr.label_list(allow_files = [".proto"]),
        "root": attr.string(doc = "The folder that the files are imported relative to; empty: the top"),
        "grpc": attr.bool(),
        "_contract": attr.label(default = "//proto:contract"),
        "_protoc": attr.label(default = "@deps//:protoc", executable = True, allow_single_file = True, cfg = "exec"),
        "_plugin": attr.label(default = "@deps//:grpc_cpp_plugin", executable = True, allow_single_file = True, cfg = "exec"),
    },
)
