#!/usr/bin/env python3
"""Runs the services of deploy/compose.yaml as the file says, without a container engine, and calls them.

compose_test.py IMAGES: a folder with a root file system and an image configuration for each image, IMAGES/NAME/root and
IMAGES/NAME/config.json. Each service gets its image as a read-only root, its volumes, /tmp, its user, no capabilities, and
a network of its own in which it reaches nobody but itself. scripts/ci/container prepares the folder. Runs as root.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import yaml

COMPOSE = pathlib.Path(__file__).resolve().parents[2] / "deploy/compose.yaml"
PATIENCE_SECONDS = 60
POLL_SECONDS = 0.05  # another process cannot notify this one


class Service:
    """One service of the file, running."""

    def __init__(self, name, volumes, images):
        self.name = name
        self.spec = yaml.safe_load(COMPOSE.read_text())["services"][name]
        image = images / self.spec["image"].rsplit("/", 1)[-1]
        self.root = image / "root"
        self.config = json.loads((image / "config.json").read_text())
        assert self.spec["read_only"] and self.spec["cap_drop"] == ["ALL"], f"{name} is not hardened"
        info, info_end = os.pipe()
        self.log = tempfile.NamedTemporaryFile(prefix=f"{name}.", suffix=".log")
        self.process = subprocess.Popen(
            ["bwrap", "--die-with-parent", "--unshare-pid", "--as-pid-1", "--unshare-net", "--info-fd", str(info_end),
             "--ro-bind", self.root, "/", "--proc", "/proc", "--dev", "/dev",
             *(part for path in self.spec["tmpfs"] for part in ("--perms", "1777", "--tmpfs", path)),
             *self.mounts(volumes), "--clearenv",
             *(part for pair in self.config["Env"] for part in ("--setenv", *pair.split("=", 1))),
             *self.as_user(), *self.command()],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT, pass_fds=[info_end])
        os.close(info_end)
        with os.fdopen(info) as answer:
            self.pid = json.load(answer)["child-pid"]

    def mounts(self, volumes):
        for mount in self.spec["volumes"]:
            source, target, *options = mount.split(":")
            source = COMPOSE.parent / source if source.startswith(".") else volumes / source
            if source.is_file():
                (self.root / target.lstrip("/")).touch()  # as an engine does: something to mount over
            yield from ("--ro-bind" if options == ["ro"] else "--bind", source, target)

    def as_user(self):
        user, group = self.config["User"].split(":")
        return ["setpriv", "--reuid", user, "--regid", group, "--clear-groups", "--no-new-privs",
                "--inh-caps=-all", "--bounding-set=-all"]

    def command(self):
        entry = self.spec.get("entrypoint", self.config["Entrypoint"])
        # An entry point of the service's own takes the image's arguments away.
        arguments = self.spec.get("command", [] if "entrypoint" in self.spec else self.config.get("Cmd") or [])
        return [*entry, *arguments]

    def run(self, *command, text=""):
        """A command inside, as `docker compose exec` has it."""
        return subprocess.run(
            ["nsenter", "--target", str(self.pid), "--mount", "--net", "--pid", "--root", "--wd=/",
             "env", "-i", *self.config["Env"], *self.as_user(), *command],
            input=text, capture_output=True, text=True, timeout=PATIENCE_SECONDS)

    def is_healthy(self):
        kind, *command = self.config["Healthcheck"]["Test"]
        assert kind == "CMD", "the health check needs a shell"
        return self.run(*command).returncode == 0

    def output(self):
        return pathlib.Path(self.log.name).read_text()

    def await_(self, holds):
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not holds():
            if self.process.poll() is not None or time.monotonic() > give_up:
                raise AssertionError(f"{self.name} did not get there: {self.output()}")
            time.sleep(POLL_SECONDS)

    def stop(self):
        if self.process.poll() is None:
            os.kill(self.pid, signal.SIGTERM)
        return self.process.wait(PATIENCE_SECONDS)


class ComposeTest(unittest.TestCase):
    def start(self, name):
        service = Service(name, self.volumes, self.images)
        self.addCleanup(service.stop)
        return service

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="grpc-paseto-compose-")
        self.addCleanup(folder.cleanup)
        self.volumes = pathlib.Path(folder.name)
        os.chmod(self.volumes, 0o755)
        for name, path in (("state", "var/lib/tokend"), ("sockets", "run/tokend")):
            # As an engine does: a new volume has the owner and the mode of what the image has there.
            like = (self.images / "tokend/root" / path).stat()
            (self.volumes / name).mkdir()
            os.chown(self.volumes / name, like.st_uid, like.st_gid)
            os.chmod(self.volumes / name, like.st_mode & 0o7777)

    def test_a_token_of_tokend_opens_the_shop_until_it_is_revoked(self):
        for _ in range(2):  # a second run changes nothing
            first_run = self.start("first-run")
            self.assertEqual(0, first_run.process.wait(PATIENCE_SECONDS), first_run.output())
        tokend = self.start("tokend")
        tokend.await_(tokend.is_healthy)
        shop = self.start("shop")
        shop.await_(lambda: "listens" in shop.output())

        web = ["--token-file", "/var/lib/tokend/web.token"]
        issued = tokend.run("tokenctl", "issue", *web, "--subject", "alice", "--scope", "orders:read", "--json")
        self.assertEqual(0, issued.returncode, issued.stderr)
        token = json.loads(issued.stdout)["access_token"]

        def order():
            save = "umask 077; cat > /tmp/token; exec shop_client --token-file /tmp/token order 1"
            return shop.run("sh", "-c", save, text=token).stdout

        self.assertIn("token_missing", shop.run("shop_client", "order", "1").stdout)
        self.assertIn("OK", order())
        revoked = tokend.run("tokenctl", "revoke", *web, "-", text=token)
        self.assertEqual(0, revoked.returncode, revoked.stderr)
        shop.await_(lambda: "token_revoked" in order())

        for service in tokend, shop:
            self.assertEqual("10001", service.run("id", "-u").stdout.strip())
            self.assertIn("CapEff:\t0000000000000000", service.run("cat", "/proc/self/status").stdout)

        self.assertEqual(0, tokend.stop(), tokend.output())
        self.assertIn('"message":"stopped"', tokend.output())


if __name__ == "__main__":
    ComposeTest.images = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
