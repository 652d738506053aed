"""tokend and guarded shops as child processes on free ports, with certificates and client tokens made for this run."""
import contextlib
import pathlib
import subprocess
import time

TOP = pathlib.Path(__file__).resolve().parents[2]
ISSUER = "https://id.shop.example"
CONFIG = """
issuer: {issuer}
listen:
  - address: 127.0.0.1:0
    tls: {{certificate_file: {folder}/server.crt, private_key_file: {folder}/server.key, client_ca_file: {folder}/ca.crt}}
store: {{sqlite: {{folder: {folder}/store}}}}
keys: {{file: {folder}/keys.json}}
clients:
  web:
    types: [access, email-verify]
    audiences: [shop, billing]
    scopes: ["orders:read"]
    subjects: ["*"]
    kinds: [v4.public]
    watch: true
    certificates: ["spiffe://shop.example/web"]
  shop: {{watch: true}}
"""


class Fleet(contextlib.ExitStack):
    """Ends every process that it started when the block is left."""

    def __init__(self, programs, folder):
        super().__init__()
        self._programs, self.folder = programs, folder

    def start_tokend(self):
        self._make_certificates()
        for use in ("access", "refresh", "client"):
            self._tokenctl("key", "generate", "--file", "keys.json", "--use", use, "--state", "active")
        for client in ("web", "shop"):
            self._tokenctl("client", "add", "--keys", "keys.json", "--issuer", ISSUER, "--id", client,
                           "--out", f"{client}.token")
        (self.folder / "tokend.yaml").write_text(CONFIG.format(issuer=ISSUER, folder=self.folder))
        self.tokend = self._start("tokend", self._programs / "tokend", "--config", "tokend.yaml", "--port-file",
                                  "tokend.port")

    def start_shop(self, name, *command):
        """The address of a guarded shop; every language's server takes the same options."""
        return self._start(name, *command, "--listen", "127.0.0.1:0", "--port-file", f"{name}.port",
                           "--feed", self.tokend, "--feed-ca", "ca.crt", "--feed-token-file", "shop.token",
                           "--issuer", ISSUER, "--certificate", "server.crt", "--private-key", "server.key",
                           "--client-ca", "ca.crt")

    def client_options(self, shop):
        return ["--tokend", self.tokend, "--shop", shop, "--ca", self.folder / "ca.crt", "--certificate",
                self.folder / "client.crt", "--private-key", self.folder / "client.key", "--token-file",
                self.folder / "web.token", "--forged", self.folder / "forged", "--other-certificate",
                self.folder / "other.crt", "--other-private-key", self.folder / "other.key"]

    def _start(self, name, *command):
        log = self.enter_context(open(self.folder / f"{name}.log", "w"))
        process = subprocess.Popen(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.callback(_end, process)
        port_file = self.folder / f"{name}.port"
        until = time.monotonic() + 60
        while not (port_file.exists() and port_file.read_text().endswith("\n")):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"{name} did not start:\n{(self.folder / f'{name}.log').read_text()[-2000:]}")
            time.sleep(0.05)
        return f"localhost:{port_file.read_text().split()[0]}"

    def _tokenctl(self, *arguments):
        subprocess.run([self._programs / "tokenctl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def _make_certificates(self):
        """An authority, and certificates by it for the servers and for the clients."""
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                      "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=test authority",
                      "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
        for name, usage, names in (("server", "serverAuth", "DNS:localhost,IP:127.0.0.1"),
                                   ("client", "clientAuth", "URI:spiffe://shop.example/web"),
                                   ("other", "clientAuth", "URI:spiffe://shop.example/other")):
            (self.folder / f"{name}.ext").write_text(
                f"subjectAltName={names}\nextendedKeyUsage={usage}\nbasicConstraints=CA:FALSE\n")
            self._openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                          "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
            self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial",
                          "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.crt")
            (self.folder / f"{name}.key").chmod(0o600)

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)


def _end(process):
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
