#!/usr/bin/env python3
"""A client of tokend and of the guarded shop: each scenario is one thing that such a client does, or must expect.

    shop_client.py --tokend localhost:7443 --shop localhost:50051 --ca ca.crt --certificate client.crt \
        --private-key client.key --other-certificate other.crt --other-private-key other.key \
        --token-file client.token [--forged FOLDER] [SCENARIO...]

Prints "scenario<tab>outcome" for each: OK and what came, or the gRPC code and the reason. README.md says how to start.
"""
import argparse
import asyncio
import json
import pathlib
import time

import grpc
from examples.guarded_service import shop_pb2 as shop
from examples.guarded_service import shop_pb2_grpc as shop_grpc
from feed import FeedFollower
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from offline import Refused, Trust, verify
from paseto.v1 import token_service_pb2 as tokens
from paseto.v1 import token_service_pb2_grpc as tokens_grpc
from paseto.v1 import trust_feed_pb2 as feed_pb
from paseto.v1 import trust_feed_pb2_grpc as feed_grpc
from paseto_credentials import RefreshOnce, StreamRenewer, TokenKeeper

AUDIENCE = "shop"


class Client:
    """The channels that the scenarios share, and how a subject's session begins."""

    def __init__(self, flags):
        ca, certificate, key = (pathlib.Path(path).read_bytes()
                                for path in (flags.ca, flags.certificate, flags.private_key))
        self.shop_address, self.forged = flags.shop, pathlib.Path(flags.forged)
        self.tls, self.mutual_tls = grpc.ssl_channel_credentials(ca), grpc.ssl_channel_credentials(ca, key, certificate)
        self.other_tls = grpc.ssl_channel_credentials(ca, *(pathlib.Path(path).read_bytes() for path in (
            flags.other_private_key, flags.other_certificate)))
        token = pathlib.Path(flags.token_file).read_text().strip()
        self.tokend = grpc.aio.secure_channel(flags.tokend, grpc.composite_channel_credentials(
            self.tls, grpc.access_token_call_credentials(token)))
        self.service = tokens_grpc.TokenServiceStub(self.tokend)
        self.by_certificate = tokens_grpc.TokenServiceStub(grpc.aio.secure_channel(flags.tokend, self.mutual_tls))
        self.refreshes = 0

    async def pair(self, subject="alice", seconds=600, scopes=("orders:read",), fresh=True):
        return await self.service.Issue(tokens.IssueRequest(
            subject=subject, audiences=[AUDIENCE], scopes=scopes, lifetime=Duration(seconds=seconds), fresh=fresh,
            with_refresh_token=True, custom_claims_json=json.dumps({"tenant": "blue"})))

    async def single(self, audience=AUDIENCE, type="access", seconds=600):
        answer = await self.service.Issue(tokens.IssueRequest(
            subject="alice", audiences=[audience], type=type, lifetime=Duration(seconds=seconds)))
        return answer.access_token.token

    async def bound(self):
        """Asked for over mutual TLS, without a client token; it is good over this client's certificate only."""
        answer = await self.by_certificate.Issue(tokens.IssueRequest(
            subject="alice", audiences=[AUDIENCE], scopes=["orders:read"]))
        return answer.access_token.token

    async def refresh(self, refresh_token):
        self.refreshes += 1
        return await self.service.Refresh(tokens.RefreshRequest(refresh_token=refresh_token))

    async def signed_in(self, **session):
        """A keeper and a channel to the shop that always carries its token."""
        keeper = TokenKeeper(await self.pair(**session), self.refresh)
        channel = grpc.aio.secure_channel(self.shop_address, keeper.credentials(self.mutual_tls),
                                          interceptors=[RefreshOnce(keeper)])
        return keeper, channel, shop_grpc.ShopStub(channel)

    def stranger(self, token=None, credentials=None):
        credentials = credentials or self.mutual_tls
        if token:
            credentials = grpc.composite_channel_credentials(credentials, grpc.access_token_call_credentials(token))
        return shop_grpc.ShopStub(grpc.aio.secure_channel(self.shop_address, credentials))


async def products_without_token(client):
    return " ".join((await client.stranger().ListProducts(shop.ListProductsRequest())).products)


async def order_without_token(client):
    await client.stranger().GetOrder(shop.GetOrderRequest(order_id="1"))


async def call_without_certificate(client):
    await client.stranger(credentials=client.tls).ListProducts(shop.ListProductsRequest())


async def order(client):
    _, _, stub = await client.signed_in()
    return (await stub.GetOrder(shop.GetOrderRequest(order_id="1"))).product


async def order_without_scope(client):
    _, _, stub = await client.signed_in(scopes=())
    await stub.GetOrder(shop.GetOrderRequest(order_id="1"))


async def order_for_another_audience(client):
    await client.stranger(await client.single(audience="billing")).GetOrder(shop.GetOrderRequest(order_id="1"))


async def order_with_custom_type(client):
    await client.stranger(await client.single(type="email-verify")).GetOrder(shop.GetOrderRequest(order_id="1"))


async def order_by_certificate(client):
    return (await client.stranger(await client.bound()).GetOrder(shop.GetOrderRequest(order_id="1"))).product


async def order_with_another_certificate(client):
    stub = client.stranger(await client.bound(), credentials=client.other_tls)
    await stub.GetOrder(shop.GetOrderRequest(order_id="1"))


async def server_stream(client):
    _, _, stub = await client.signed_in()
    call = stub.WatchOrders(shop.WatchOrdersRequest())
    event = await call.read()
    call.cancel()
    return event.order_id


async def two_way_stream(client):
    _, _, stub = await client.signed_in()
    call = stub.Chat()
    answer = await say(call, "hello")
    await call.done_writing()
    return answer


async def say(call, text):
    await call.write(shop.ChatRequest(text=text))
    answer = await call.read()
    if answer is grpc.aio.EOF:
        await ended(call)
    return answer.text


async def ended(call):
    """Reads the stream to its end; what ended it is raised, unless that was OK."""
    while await call.read() is not grpc.aio.EOF:
        continue


async def stream_renewed(client):
    keeper, channel, stub = await client.signed_in(seconds=10)
    async with StreamRenewer(channel, keeper, "/examples.shop.v1.Shop/Chat") as renewer:
        call = stub.Chat(metadata=renewer.metadata)
        first, opened = keeper.current, time.monotonic()
        await say(call, "hello")
        while time.monotonic() < opened + 11:  # longer than the life of the token that it was opened with
            await asyncio.sleep(0.2)
            await say(call, "still here")
    return "renewed" if keeper.current != first else "never refreshed"


async def stream_expires(client):
    _, _, stub = await client.signed_in(seconds=1)
    await ended(stub.WatchOrders(shop.WatchOrdersRequest()))


async def stream_revoked(client):
    keeper, _, stub = await client.signed_in()
    call = stub.WatchOrders(shop.WatchOrdersRequest())
    await call.read()
    await client.service.Revoke(tokens.RevokeRequest(token=keeper.current, whole_session=True))
    await ended(call)


async def refreshed_ahead(client):
    keeper, _, stub = await client.signed_in(seconds=2)
    first, before = keeper.current, client.refreshes
    await asyncio.sleep(1.85)  # over 90 % of its life, and not expired
    calls = [stub.GetOrder(shop.GetOrderRequest(order_id="1")) for _ in range(8)]
    await asyncio.gather(*calls)
    return f"{client.refreshes - before} refresh" if keeper.current != first else "never refreshed"


async def refreshed_once_when_refused(client):
    keeper, _, stub = await client.signed_in()
    await client.service.Revoke(tokens.RevokeRequest(token=keeper.current))  # the session lives on
    await refused_with(client.stranger(keeper.current), "token_revoked")
    before = client.refreshes
    calls = [stub.GetOrder(shop.GetOrderRequest(order_id="1")) for _ in range(8)]
    await asyncio.gather(*calls)
    return f"{client.refreshes - before} refresh"


async def refused_with(stub, reason):
    """Until the news has reached the shop."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        try:
            await stub.GetOrder(shop.GetOrderRequest(order_id="1"))
        except grpc.RpcError as error:
            if error.details().startswith(reason):
                return
        await asyncio.sleep(0.02)


async def not_fresh_after_refresh(client):
    pair = await client.refresh((await client.pair(subject="carol")).refresh_token.token)
    await client.stranger(pair.access_token.token).DeleteAccount(shop.DeleteAccountRequest())


async def order_after_revocation(client):
    pair = await client.pair()
    await client.service.Revoke(tokens.RevokeRequest(session_id=pair.session_id))
    stub = client.stranger(pair.access_token.token)
    await refused_with(stub, "token_revoked")
    await stub.GetOrder(shop.GetOrderRequest(order_id="1"))


async def order_when_session_ended(client):
    """The refresh is refused, too: the call's own refusal stands, and somebody has to sign in again."""
    keeper, _, stub = await client.signed_in()
    await client.service.Revoke(tokens.RevokeRequest(token=keeper.current, whole_session=True))
    await refused_with(client.stranger(keeper.current), "token_revoked")
    await stub.GetOrder(shop.GetOrderRequest(order_id="1"))


async def stolen_session(client):
    first = await client.pair()
    second = await client.refresh(first.refresh_token.token)
    third = await client.refresh(second.refresh_token.token)
    return first, third


async def old_refresh_token_again(client):
    first, _ = await stolen_session(client)
    await client.refresh(first.refresh_token.token)


async def session_after_reuse(client):
    first, third = await stolen_session(client)
    try:
        await client.refresh(first.refresh_token.token)
    except grpc.RpcError:
        pass  # it was used long ago: somebody has a copy, and the session ends for both
    await client.refresh(third.refresh_token.token)


async def issue_without_subject(client):
    await client.service.Issue(tokens.IssueRequest(audiences=[AUDIENCE]))


async def issue_for_forbidden_audience(client):
    await client.single(audience="payroll")


async def feed_tells_revocation(client):
    async with FeedFollower(client.tokend, "") as feed:
        pair = await client.pair()
        await client.service.Revoke(tokens.RevokeRequest(session_id=pair.session_id))
        await asyncio.wait_for(feed.until(
            lambda trust: (feed_pb.REVOCATION_KIND_SESSION, pair.session_id) in trust.ids), 5)


async def offline(client, token, **options):
    """Verifies with the public keys alone. A service keeps a FeedFollower, as shop_server.py does."""
    async with FeedFollower(client.tokend, "") as feed:
        return verify(feed.trust, token, AUDIENCE, **options)


async def offline_good(client):
    claims = await offline(client, (await client.pair()).access_token.token)
    return f"{claims['sub']} {claims['tenant']}"


async def offline_wrong_audience(client):
    await offline(client, await client.single(audience="billing"))


async def offline_wrong_type(client):
    await offline(client, await client.single(type="email-verify"))


async def offline_expired(client):
    await offline(client, await client.single(seconds=1), now=time.time() + 2)


async def offline_changed(client):
    header, purpose, body, footer = (await client.single()).split(".")
    middle = len(body) // 2
    body = body[:middle] + ("A" if body[middle] != "A" else "B") + body[middle + 1:]
    await offline(client, ".".join((header, purpose, body, footer)))


async def offline_bound(client):
    await offline(client, await client.bound())


async def offline_revoked(client):
    pair = await client.pair()
    async with FeedFollower(client.tokend, "") as feed:
        await client.service.Revoke(tokens.RevokeRequest(session_id=pair.session_id))
        await asyncio.wait_for(feed.until(
            lambda trust: (feed_pb.REVOCATION_KIND_SESSION, pair.session_id) in trust.ids), 5)
        verify(feed.trust, pair.access_token.token, AUDIENCE)


async def keys_for_anyone(client):
    keys = (await feed_grpc.TrustFeedStub(client.tokend).GetKeys(feed_pb.GetKeysRequest())).key_set.keys
    return " ".join(sorted({key.paserk.rsplit(".", 1)[0] for key in keys}))


async def revocations_forgotten(client):
    """Two revocations, one that may be forgotten: a follower that never forgets only ever grows."""
    trust, now = Trust(), int(time.time())
    trust.add([feed_pb.Revocation(kind=feed_pb.REVOCATION_KIND_TOKEN, id=str(after), revision=1,
                                  forget_after=Timestamp(seconds=now + after)) for after in (-1, 60)])
    trust.forget(now)
    return " ".join(id for _, id in trust.ids)


async def revocation_of_unknown_kind(client):
    """From a tokend that is newer than this program: what was known before stays in force."""
    trust = Trust()
    trust.add([feed_pb.Revocation(kind=feed_pb.REVOCATION_KIND_TOKEN, id="1", revision=1)])
    try:
        trust.replace_all([feed_pb.Revocation(kind=99, revision=2)])
    except ValueError:
        return "held" if trust.is_revoked({"jti": "1"}) else "lost"
    return "taken"


def forged(name):
    """What the shop and this program's own verification say to a token that tests/polyglot forged."""
    async def order(client):
        token = (client.forged / f"{name}.token").read_text()
        await client.stranger(token).GetOrder(shop.GetOrderRequest(order_id="1"))

    async def verified(client):
        await offline(client, (client.forged / f"{name}.token").read_text())

    return {f"order_{name}": order, f"offline_{name}": verified}


SCENARIOS = [
    products_without_token, order_without_token, call_without_certificate, order, order_without_scope,
    order_for_another_audience, order_with_custom_type, order_by_certificate, order_with_another_certificate,
    server_stream, two_way_stream, stream_renewed, stream_expires, stream_revoked, refreshed_ahead,
    refreshed_once_when_refused, not_fresh_after_refresh, order_after_revocation, order_when_session_ended,
    old_refresh_token_again, session_after_reuse, issue_without_subject, issue_for_forbidden_audience, keys_for_anyone,
    feed_tells_revocation, offline_good, offline_wrong_audience, offline_wrong_type, offline_expired, offline_changed,
    offline_bound, offline_revoked, revocations_forgotten, revocation_of_unknown_kind,
]


async def outcome(scenario, client):
    try:
        answer = await asyncio.wait_for(scenario(client), 60)
        return f"OK {answer}" if answer else "OK"
    except grpc.RpcError as error:
        reason = error.details().partition(":")[0]
        return error.code().name + (f" {reason}" if reason.replace("_", "").isalpha() else "")
    except Refused as error:
        return f"REFUSED {error.reason}"
    except TimeoutError:
        return "no end"


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("tokend", "shop", "ca", "certificate", "private-key", "other-certificate", "other-private-key",
                 "token-file"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--forged", default="forged", help="tokens that must be refused")
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help="default: all")
    flags = parser.parse_args()
    known = {scenario.__name__: scenario for scenario in SCENARIOS}
    for name in ("repeated_name", "no_expiry", "another_issuer", "unknown_key"):
        known |= forged(name)
    client = Client(flags)
    for name in flags.scenarios or known:
        print(name, await outcome(known[name], client) if name in known else "UNKNOWN", sep="\t", flush=True)


asyncio.run(main())
