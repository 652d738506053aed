"""Follows tokend's trust feed and keeps a Trust (offline.py) current, in one asyncio task."""
import asyncio
import contextlib
import random
import secrets
import time

import grpc
from offline import Refused, Trust
from paseto.v1 import trust_feed_pb2 as feed_pb
from paseto.v1 import trust_feed_pb2_grpc as feed_grpc

MAX_STALENESS = 60  # seconds; older trust is no longer relied upon
FORGET_EVERY = 60  # seconds between looks for revocations that nobody needs any more


class FeedFollower(contextlib.AbstractAsyncContextManager):
    """async with FeedFollower(channel, issuer) as feed: `feed.trust` is current within milliseconds.

    The channel carries the client token of a client that may watch. A broken stream is resumed where it stopped.
    """

    def __init__(self, channel, issuer):
        self._stub = feed_grpc.TrustFeedStub(channel)
        self.trust = Trust(issuer=issuer)
        self._position = feed_pb.FeedPosition()
        self._verifier_id = secrets.token_hex(16)
        self._key_set_version = 0
        self._confirmed_at = 0.0
        self._forgot_at = 0.0
        self._changed = asyncio.Event()

    async def __aenter__(self):
        self._task = asyncio.create_task(self._follow())
        await asyncio.wait_for(self.until(lambda trust: trust.keys and self._confirmed_at), 10)
        return self

    async def __aexit__(self, *exception):
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def check_fresh(self):
        if time.time() - self._confirmed_at > MAX_STALENESS:
            raise Refused("trust_stale", "keys and revocations are too old to rely on; try again later")

    async def until(self, condition):
        """Waits until `condition`, called with the trust after each change, holds."""
        while not condition(self.trust):
            await self._changed.wait()

    async def _follow(self):
        pause = 0.1
        while True:
            try:
                async for _ in self._one_stream():
                    pause = 0.1
            except (grpc.RpcError, ValueError):
                pass  # resume below; what is held stays in force until it is stale
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))
            pause = min(2 * pause, 5)

    async def _one_stream(self):
        call = self._stub.Watch()
        await call.write(feed_pb.WatchRequest(position=self._position, verifier_id=self._verifier_id))
        snapshot = []
        async for message in call:
            event = message.WhichOneof("event")
            if event == "keys":
                self.trust.take_keys(message.keys)
                self._key_set_version = message.keys.version
            elif event == "snapshot":
                snapshot.extend(message.snapshot.revocations)
                if message.snapshot.last:
                    self.trust.replace_all(snapshot)
                    self._position.CopyFrom(message.snapshot.position)
                    snapshot = []
            elif event == "changes":
                self.trust.add(message.changes.revocations)
                self._position.CopyFrom(message.changes.position)
                self._confirm(message.changes)
            elif event == "heartbeat":
                self._confirm(message.heartbeat)
            self._announce()
            if event != "heartbeat":
                await call.write(
                    feed_pb.WatchRequest(position=self._position, key_set_version=self._key_set_version)
                )
            yield

    def _confirm(self, event):
        if event.HasField("as_of"):
            self._confirmed_at = event.as_of.ToMilliseconds() / 1000
        if self._confirmed_at > self._forgot_at + FORGET_EVERY:  # by tokend's clock, which set forget_after
            self._forgot_at = self._confirmed_at
            self.trust.forget(self._confirmed_at)

    def _announce(self):
        """Wakes whoever waits, once each."""
        self._changed.set()
        self._changed = asyncio.Event()
