"""fastapi-paseto and grpc-paseto: each one's tokens at the other; and the same requests at both where a token is optional.

    fastapi_table.py --foreign-server PROGRAM --folder FOLDER --tokend ADDRESS

Prints "direction<tab>option<tab>expected<tab>outcome". FOLDER is that of a Fleet. Options that the package has are its own
doing; footers and implicit assertions, which its releases from 1.3 on have, are made and read by pyseto as those do it.
"""
import argparse
import base64
import json
import pathlib
import subprocess
import sys
import time
import uuid
from datetime import datetime, timedelta, timezone

import grpc
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from fastapi_paseto import AuthPASETO
from fastapi_paseto.exceptions import PASETODecodeError
from google.protobuf.duration_pb2 import Duration
from paseto.v1 import token_service_pb2 as tokens
from paseto.v1 import token_service_pb2_grpc as tokens_grpc
from paseto.v1 import trust_feed_pb2 as feed_pb
from paseto.v1 import trust_feed_pb2_grpc as feed_grpc
from pyseto import Key, Paseto
from pyseto.exceptions import VerifyError
from starlette.requests import Request

from fleet import ISSUER, TOP

sys.path += [str(TOP), str(TOP / "proto")]
echo, echo_grpc = grpc.protos_and_services("tests/support/echo.proto")

AUDIENCE = "shop"
NO_OPTION = "mode: MODE_REQUIRED"
WITHOUT_KID = "accept_without_kid: true"  # the framework names no key in its tokens
LOCAL_KEY = "thirty-two bytes of a secret key"
REVOKED = "revoked"  # a token's id
LENIENT = "mode: MODE_OPTIONAL_LENIENT " + WITHOUT_KID


class Framework:
    """AuthPASETO with keys of its own, and what a verifier's key file says about them."""

    def __init__(self):
        self._keys = {4: ed25519.Ed25519PrivateKey.generate(), 3: ec.generate_private_key(ec.SECP384R1())}
        self.public = Key.new(4, "public", _public_pem(self._keys[4]))

    def auth(self, issuer=ISSUER, version=4, request=None):
        """The framework keeps its settings in the class: those of the last call hold."""
        settings = {"authpaseto_private_key": _private_pem(self._keys[version]), "authpaseto_secret_key": LOCAL_KEY,
                    "authpaseto_public_key": _public_pem(self._keys[version]), "authpaseto_version": version,
                    "authpaseto_purpose": "public", "authpaseto_encode_issuer": issuer,
                    "authpaseto_decode_issuer": ISSUER, "authpaseto_decode_audience": AUDIENCE,
                    "authpaseto_denylist_enabled": True}
        AuthPASETO.load_config(lambda: list(settings.items()))
        AuthPASETO.token_in_denylist_loader(lambda payload: payload["jti"] == REVOKED)
        return AuthPASETO(request)

    def outcome(self, credentials, **options):
        """Of a request with these credentials where a token is optional: the user, anonymous or the exception."""
        headers = [(b"authorization", one.encode()) for one in credentials]
        auth = self.auth(request=Request({"type": "http", "headers": headers}))
        try:
            auth.paseto_required(optional=True, **options)
            return str(auth.get_subject() or "anonymous")
        except Exception as error:  # also those that no handler of the package knows
            return type(error).__name__

    def make(self, footer=b"", implicit_assertion=b"", **changed):
        """As create_access_token of later releases."""
        claims = {"sub": "alice", "nbf": when(0), "jti": str(uuid.uuid4()), "type": "access", "fresh": False,
                  "iss": ISSUER, "aud": AUDIENCE} | changed
        return Paseto.new(exp=0 if "exp" in changed else 900, include_iat=True).encode(
            Key.new(4, "public", _private_pem(self._keys[4])), claims, footer=footer,
            implicit_assertion=implicit_assertion, serializer=json).decode()

    def key_file(self):
        keys = [*(Key.new(version, "public", _public_pem(key)) for version, key in self._keys.items()),
                Key.new(4, "local", LOCAL_KEY)]
        return json.dumps({"keys": [{"paserk": key.to_paserk(), "use": "foreign", "state": "active"} for key in keys]})


def when(seconds):
    """That many seconds from now, as claims have it."""
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).isoformat(timespec="seconds")


def _private_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption()).decode()


def _public_pem(key):
    return key.public_key().public_bytes(serialization.Encoding.PEM,
                                         serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def theirs(framework):
    """(option, token, the rule that it meets, what the guarded server must say)"""
    def access(subject="alice", issuer=ISSUER, version=4, **options):
        return framework.auth(issuer, version).create_access_token(subject, **{"audience": AUDIENCE} | options)

    verify_mail = framework.auth().create_token("alice", "email-verify", audience=AUDIENCE)
    renewal = framework.auth().create_refresh_token("alice", audience=AUDIENCE)
    wrapped, local = access(base64_encode=True), access(purpose="local")
    bound, fixed = framework.make(implicit_assertion=b"bound"), WITHOUT_KID + " assertion { raw: true fixed: '%s' }"
    kid = framework.public.to_paserk_id()
    return [
        ("access token", access(), WITHOUT_KID, "OK alice"),
        ("access token, and no rule for tokens without a key id", access(), NO_OPTION, "UNAUTHENTICATED key_unknown"),
        ("fresh", access(fresh=True), WITHOUT_KID + " fresh: true", "OK alice"),
        ("not fresh", access(fresh=False), WITHOUT_KID + " fresh: true", "UNAUTHENTICATED not_fresh"),
        ("custom type", verify_mail, WITHOUT_KID + " type: 'email-verify'", "OK alice"),
        ("custom type where access is needed", verify_mail, WITHOUT_KID, "UNAUTHENTICATED wrong_type"),
        ("refresh token", renewal, WITHOUT_KID, "UNAUTHENTICATED wrong_type"),
        ("user claims", access(user_claims={"tenant": "blue", "n": [1, {"x": True}]}), WITHOUT_KID,
         'OK alice {"tenant":"blue","n":[1, {"x": true}]}'),
        ("user claims under names of ours are not believed", access(user_claims={"scope": "orders:read"}),
         WITHOUT_KID + " all_scopes: 'orders:read'", "PERMISSION_DENIED scope_missing"),
        ("audience list", access(audience=["billing", AUDIENCE]), WITHOUT_KID, "OK alice"),
        ("another audience", access(audience="billing"), WITHOUT_KID, "UNAUTHENTICATED wrong_audience"),
        ("no audience", access(audience=None), WITHOUT_KID, "UNAUTHENTICATED wrong_audience"),
        ("another issuer", access(issuer="https://other.example"), WITHOUT_KID, "UNAUTHENTICATED wrong_issuer"),
        ("no issuer", access(issuer=None), WITHOUT_KID, "UNAUTHENTICATED wrong_issuer"),
        ("integer subject", access(subject=7), WITHOUT_KID, "UNAUTHENTICATED token_malformed"),
        ("never expires", access(expires_time=False), WITHOUT_KID, "UNAUTHENTICATED token_expired"),
        ("base64", wrapped, WITHOUT_KID + " base64_wrapped: true", "OK alice"),
        ("base64 where none is expected", wrapped, WITHOUT_KID, "UNAUTHENTICATED token_malformed"),
        ("v4.local", local, WITHOUT_KID + " accept: 'v4.local'", "OK alice"),
        ("v4.local where v4.public is needed", local, WITHOUT_KID, "UNAUTHENTICATED token_not_accepted"),
        ("v3.public", access(version=3), WITHOUT_KID + " accept: 'v3.public'", "OK alice"),
        ("a header of its own", access(), WITHOUT_KID + " metadata_key: 'x-token' metadata_prefix: '-'", "OK alice"),
        ("footer as bytes", framework.make(footer=b"blue"), WITHOUT_KID, "OK alice blue"),
        ("footer as str", framework.make(footer="blue"), WITHOUT_KID, "OK alice blue"),
        ("footer as dict", framework.make(footer={"tenant": "blue"}), WITHOUT_KID, 'OK alice {"tenant": "blue"}'),
        ("footer as dict with a key id", framework.make(footer={"kid": kid}), NO_OPTION,
         'OK alice {"kid": "%s"}' % kid),
        ("implicit assertion", bound, fixed % "bound", "OK alice"),
        ("another implicit assertion", bound, fixed % "other", "UNAUTHENTICATED signature_invalid"),
    ]


def optional(framework):
    """(case, credentials, the rest of the rule, the package's options, what it makes of them, what the guarded server
    makes of them, why the two are not the same)"""
    def access(version=4, **options):
        return framework.auth(version=version).create_access_token("alice", **{"audience": AUDIENCE} | options)

    def row(case, credentials, there, here, rule="", why="", **options):
        credentials = [credentials] if isinstance(credentials, str) else credentials
        return case, credentials, f"{LENIENT} {rule}", options, there, here, why

    def token(case, text, there, here, rule="", why="", **options):
        return row(case, f"Bearer {text}", there, here, rule, why, **options)

    make, past = framework.make, {"exp": when(-60), "nbf": when(-120)}
    good, wrapped = make(), access(base64_encode=True)
    return [
        row("no header", [], "anonymous", "anonymous"),
        token("good token", good, "alice", "alice"),
        token("fresh", make(fresh=True), "alice", "alice", "fresh: true", fresh=True),
        token("custom type", make(type="invoice"), "alice", "alice", "type: 'invoice'", type="invoice"),
        token("base64", wrapped, "alice", "alice", "base64_wrapped: true", base64_encoded=True),
        # The header: errors.
        row("another scheme", "Basic YTpi", "InvalidHeaderError", "token_malformed"),
        row("scheme alone", "Bearer", "InvalidHeaderError", "token_malformed"),
        row("two words", f"Bearer {good} more", "InvalidHeaderError", "token_malformed"),
        row("token without scheme", good, "InvalidHeaderError", "token_malformed"),
        # What does not decode: nobody.
        token("no token at all", "garbage", "anonymous", "anonymous"),
        token("forged", Framework().make(), "anonymous", "anonymous"),
        token("expired", make(**past), "anonymous", "anonymous"),
        token("not yet valid", make(nbf=when(600)), "anonymous", "anonymous"),
        token("other audience", make(aud="billing"), "anonymous", "anonymous"),
        token("other issuer", make(iss="https://other.example"), "anonymous", "anonymous"),
        token("other implicit assertion", make(implicit_assertion=b"x"), "anonymous", "anonymous"),
        token("base64 where none is expected", wrapped, "anonymous", "anonymous"),
        token("no base64 where it is expected", good, "anonymous", "anonymous", "base64_wrapped: true",
              base64_encoded=True),
        token("expired, of another type", make(type="invoice", **past), "anonymous", "anonymous"),
        token("revoked and expired", make(jti=REVOKED, **past), "anonymous", "anonymous"),
        # What decodes and is not good enough: errors.
        token("other type", make(type="invoice"), "AccessTokenRequired", "wrong_type"),
        token("access token where another is needed", good, "InvalidTokenTypeError", "wrong_type", "type: 'invoice'",
              type="invoice"),
        token("refresh token", framework.auth().create_refresh_token("alice", audience=AUDIENCE), "AccessTokenRequired",
              "wrong_type"),
        token("not fresh", good, "FreshTokenRequired", "not_fresh", "fresh: true", fresh=True),
        token("revoked", make(jti=REVOKED), "RevokedTokenError", "token_revoked"),
        # Where the two differ.
        row("two headers", [f"Bearer {good}"] * 2, "alice", "token_ambiguous", why="there the first one counts"),
        row("scheme in lower case", f"bearer {good}", "InvalidHeaderError", "alice", why="a scheme has no case"),
        row("scheme inside a word", f"xBearerx {good}", "alice", "token_malformed", why="there a part of it will do"),
        token("audience list", make(aud=["billing", AUDIENCE]), "anonymous", "alice",
              why="there the whole list is compared with one name"),
        token("footer", make(footer=b"blue"), "anonymous", "alice", why="release 0.7.1 knows no footers"),
        token("v4.local where v4.public is needed", access(purpose="local"), "alice", "anonymous",
              why="there the token says which kind of key it is read with"),
        token("never expires", access(expires_time=False), "alice", "anonymous", why="here every token has an end"),
        token("integer subject", make(sub=7), "7", "anonymous", why="here a subject is text"),
        *(token(case, text, there, "anonymous", why="it does not decode, which is an error there")
          for case, text, there in (("v3.public where v4.public is needed", access(version=3), "ValueError"),
                                    ("cut off", "v4.public.AAAA", "ValueError"),
                                    ("unknown version", "v9.public.AAAA", "InvalidPASETOVersionError"),
                                    ("unknown purpose", "v4.secret.AAAA", "InvalidPASETOPurposeError"))),
    ]


class Judges:
    """Guarded servers, one for each rule."""

    def __init__(self, program, folder, framework, rules):
        keys, ports = folder / "foreign.json", folder / "foreign.ports"
        keys.touch(mode=0o600)
        keys.write_text(framework.key_file())
        self._process = subprocess.Popen([program, "--keys", keys, "--issuer", ISSUER, "--audience", AUDIENCE,
                                          "--revoked", REVOKED, "--ports-file", ports, "--", *rules],
                                         stdin=subprocess.DEVNULL)
        until = time.monotonic() + 60
        while not (ports.exists() and ports.read_text().endswith("\n")):
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError("foreign_server did not start")
            time.sleep(0.02)
        self._ports = dict(zip(rules, ports.read_text().split()))

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._process.terminate()
        self._process.wait(10)

    def outcome(self, rule, token):
        return self.call(rule, [("x-token", token) if "x-token" in rule else ("authorization", f"Bearer {token}")])

    def outcome_of_optional(self, rule, credentials):
        """The user, anonymous or the reason."""
        return self.call(rule, [("authorization", one) for one in credentials]).split()[1]

    def call(self, rule, metadata):
        with grpc.insecure_channel(f"127.0.0.1:{self._ports[rule]}") as channel:
            try:
                reply = echo_grpc.EchoStub(channel).Say(echo.EchoRequest(), metadata=metadata, timeout=60)
                return f"OK {reply.principal} {reply.text}".strip()
            except grpc.RpcError as error:
                return f"{error.code().name} {error.details().partition(':')[0]}"


def ours(framework, folder, tokend):
    """(option, expected, outcome) of tokens that tokend issues, as the framework's decoding reads them."""
    tls = grpc.ssl_channel_credentials((folder / "ca.crt").read_bytes())
    client = grpc.access_token_call_credentials((folder / "web.token").read_text().strip())
    with grpc.secure_channel(tokend, grpc.composite_channel_credentials(tls, client)) as channel:
        published = feed_grpc.TrustFeedStub(channel).GetKeys(feed_pb.GetKeysRequest()).key_set.keys
        key = Key.from_paserk(next(one.paserk for one in published if one.kid.startswith("k4.pid.")))
        service = tokens_grpc.TokenServiceStub(channel)

        def issue(**options):
            request = tokens.IssueRequest(subject="alice", lifetime=Duration(seconds=600), **options)
            return service.Issue(request).access_token.token

        def read(show, decoding=None, **options):
            try:
                token = Paseto.new().decode(key, issue(**options), deserializer=json, **(decoding or {}))
                return "OK " + json.dumps(show(token))
            except VerifyError as error:
                return f"REFUSED {error}"

        def claims(*names):
            return lambda token: [token.payload.get(name) for name in names]

        def footer(token):
            if not isinstance(token.footer, dict):
                return token.footer.decode()
            return {name: value for name, value in token.footer.items() if name != "kid"}

        both, bound = ["shop", "billing"], pae(b"paseto.v1.caller", b"bound")
        unwrapped = base64.b64decode(issue(base64_wrapped=True)).decode()
        return [
            ("access token", 'OK ["alice", "access", false]', read(claims("sub", "type", "fresh"))),
            ("fresh", "OK [true]", read(claims("fresh"), fresh=True)),
            ("custom type", 'OK ["email-verify"]', read(claims("type"), type="email-verify")),
            ("custom claims", 'OK ["blue"]', read(claims("tenant"), custom_claims_json='{"tenant": "blue"}')),
            ("audience", 'OK ["shop"]', read(claims("aud"), {"aud": "shop"}, audiences=["shop"])),
            ("audience list", f"OK [{json.dumps(both)}]", read(claims("aud"), {"aud": both}, audiences=both)),
            ("audience list where one is wanted", "REFUSED aud verification failed.",
             read(claims("aud"), {"aud": "shop"}, audiences=both)),
            ("issuer", f'OK ["{ISSUER}"]', read(claims("iss"))),
            ("footer as bytes", 'OK "blue"', read(footer, footer=tokens.Footer(footer_bytes=b"blue"))),
            ("footer as text", 'OK "blue"', read(footer, footer=tokens.Footer(footer_text="blue"))),
            ("footer as JSON", 'OK {"tenant": "blue"}', read(footer, footer=tokens.Footer(footer_json='{"tenant":"blue"}'))),
            ("implicit assertion", 'OK ["alice"]',
             read(claims("sub"), {"implicit_assertion": bound}, implicit_assertion=b"bound")),
            ("implicit assertion, not wrapped", "REFUSED Failed to verify.",
             read(claims("sub"), {"implicit_assertion": b"bound"}, implicit_assertion=b"bound")),
            ("base64", "alice", Paseto.new().decode(key, unwrapped, deserializer=json).payload["sub"]),
            ("read by fastapi-paseto 0.7.1, which knows no footers", "REFUSED Invalid PASETO format",
             read_by_package(framework.auth(), issue())),
        ]


def read_by_package(auth, token):
    try:
        auth.paseto_required(token=token)
        return f"OK {auth.get_subject()}"
    except PASETODecodeError as error:
        return f"REFUSED {error.message}"


def kind(outcome):
    """What an outcome of a request with an optional token comes to."""
    return outcome if outcome == "anonymous" else "user" if outcome in ("alice", "7") else "error"


def pae(*pieces):
    """Pre-authentication encoding (PASETO, "Common Implementation Details")."""
    return len(pieces).to_bytes(8, "little") + b"".join(len(one).to_bytes(8, "little") + one for one in pieces)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--foreign-server", required=True)
    parser.add_argument("--folder", required=True, type=pathlib.Path)
    parser.add_argument("--tokend", required=True)
    flags = parser.parse_args()
    framework = Framework()
    table, cases = theirs(framework), optional(framework)
    rules = list(dict.fromkeys([*(rule for _, _, rule, _ in table), *(rule for _, _, rule, *_ in cases)]))
    with Judges(flags.foreign_server, flags.folder, framework, rules) as judges:
        for option, token, rule, expected in table:
            print("theirs", option, expected, judges.outcome(rule, token), sep="\t")
        for case, credentials, rule, options, there, here, why in cases:
            if (kind(there) == kind(here)) == bool(why):
                raise ValueError(f"{case}: a reason belongs where the two are not the same, and only there")
            outcome = framework.outcome(credentials, **options), judges.outcome_of_optional(rule, credentials)
            print("optional", case, f"{there} there, {here} here", "%s there, %s here" % outcome, sep="\t")
    for option, expected, outcome in ours(framework, flags.folder, flags.tokend):
        print("ours", option, expected, outcome, sep="\t")


main()
