#!/usr/bin/env python3
"""Makes the Python code of the contract and of the example shop: generate.py FOLDER. Put FOLDER on PYTHONPATH then."""
import pathlib
import sys
from importlib.resources import files

from grpc_tools import protoc

TOP = pathlib.Path(__file__).resolve().parents[2]
CONTRACT = ["auth", "reason", "stream_authorization", "token_service", "trust_feed"]


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    sources = [f"paseto/v1/{name}.proto" for name in CONTRACT] + ["examples/guarded_service/shop.proto"]
    return protoc.main(["protoc", f"-I{TOP / 'proto'}", f"-I{TOP}", f"-I{files('grpc_tools') / '_proto'}",
                        f"--python_out={folder}", f"--grpc_python_out={folder}", *sources])


sys.exit(main())
