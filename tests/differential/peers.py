"""Programs that speak the peers' protocol (README.md): where they are, and how they are talked to."""
import base64
import json
import pathlib
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parent.parent
INSTALLED = TOP / "build" / "differential"

# What scripts/lib/peers.sh installs.
COMMANDS = {
    "python": [str(INSTALLED / "python/bin/python"), str(HERE / "peers/python/pyseto_peer.py")],
    "node": ["node", str(INSTALLED / "node/peer.mjs")],
    "go": [str(INSTALLED / "go/peer")],
    "rust": [str(INSTALLED / "rust/release/paseto_peer")],
}


class Refused(Exception):
    """The library's word for no."""


def b64(data):
    return base64.b64encode(data).decode()


def unb64(text):
    return base64.b64decode(text)


class Program:
    """One running program, which may speak for several libraries."""

    def __init__(self, command):
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.DEVNULL, text=True, bufsize=1 << 20)

    def call(self, **request):
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args[0]} ended (code {self._process.wait()}) at {request['op']}")
        answer = json.loads(line)
        if "refused" in answer:
            raise Refused(answer["refused"])
        return answer

    def close(self):
        self._process.stdin.close()
        self._process.wait(timeout=30)


class Peer:
    """One library: what it says it can do, and the operations of the protocol."""

    def __init__(self, program, description):
        self._program = program
        self.name = description["name"]
        self.version = description["version"]
        self.kinds = description["kinds"]
        self.wraps = description["wraps"]
        self.ids = description["ids"]
        self.takes_bytes = description["messages"] == "bytes"  # else only JSON objects
        self.parses_claims = description["claims"]
        self.takes_byte_footers = description["footers"] == "bytes"  # else only text

    def make(self, kind, key, message, footer=b"", assertion=b"", **more):
        return self._call("make", kind=kind, key=key, message=b64(message), footer=b64(footer),
                          assertion=b64(assertion), **more)["token"]

    def read(self, kind, key, token, assertion=b"", **more):
        answer = self._call("read", kind=kind, key=key, token=token, assertion=b64(assertion), **more)
        return unb64(answer["message"]), unb64(answer["footer"])

    def wrap(self, **request):
        return self._call("wrap", **request)["paserk"]

    def unwrap(self, **request):
        return self._call("unwrap", **request)["key"]

    def key_id(self, kind, key):
        return self._call("key_id", kind=kind, key=key)["id"]

    def bench(self, **request):
        answer = self._call("bench", **request)
        return answer["operations"] / answer["seconds"]

    def call(self, operation, **request):
        return self._call(operation, **request)

    def _call(self, operation, **request):
        return self._program.call(op=operation, peer=self.name, **request)


def start(command):
    """The program of `command` and the libraries that it speaks for."""
    program = Program(command)
    return program, [Peer(program, description) for description in program.call(op="hello")["peers"]]


def missing():
    """The programs that are not installed."""
    return [name for name, command in COMMANDS.items() if not pathlib.Path(command[-1]).exists()]


def start_all():
    """Every installed library by name, and the programs to close."""
    programs, peers = [], {}
    absent = missing()
    for name, command in COMMANDS.items():
        if name in absent:
            continue
        program, found = start(command)
        programs.append(program)
        peers.update({peer.name: peer for peer in found})
    return programs, peers
