"""Keeps the access token of one session good, for grpc.aio clients. Copy this file into your code base.

    keeper = TokenKeeper(pair, refresh)                      # pair: the IssueResponse; refresh: see below
    channel = grpc.aio.secure_channel(target, keeper.credentials(tls), interceptors=[RefreshOnce(keeper)])

- Refreshes ahead, at a random 80 to 90 % of the token's life, when a call needs a token; never while idle.
- One refresh at a time: calls that come meanwhile use the old token while it is good, and wait for the new one then.
- A unary call that is refused as UNAUTHENTICATED is made once more, with a newer token.
- StreamRenewer keeps an open stream alive beyond the life of the token that it was opened with.
The token travels on TLS only: gRPC refuses call credentials on a plaintext channel.
"""
import asyncio
import contextlib
import random
import time
import uuid

import grpc
from paseto.v1 import stream_authorization_pb2 as stream_pb
from paseto.v1 import stream_authorization_pb2_grpc as stream_grpc

_LONGEST_MARGIN = 30  # a token counts as expired so many seconds before its end, or for the last tenth of its life
_PAUSE_AFTER_FAILURE = 1  # seconds without another attempt, while the old token is still good


class TokenKeeper:
    """Made and used in one event loop. `refresh` is called with a refresh token and gives a RefreshResponse.

    Keep `pair` (both tokens) where secrets live if the session is to outlast the process: set `save` for that. It is
    called with each new pair before the pair is used.
    """

    def __init__(self, pair, refresh, save=lambda pair: None):
        self._refresh, self._save = refresh, save
        self._loop = asyncio.get_running_loop()
        self._flight = None
        self._take(pair)

    def _take(self, pair):
        now = time.time()
        self._pair = pair
        life = pair.access_token.expires_at.ToMilliseconds() / 1000 - now
        self._good_until = now + life - min(_LONGEST_MARGIN, life / 10)
        self._due_at = now + life * random.uniform(0.8, 0.9)

    @property
    def current(self):
        return self._pair.access_token.token

    @property
    def remaining_life(self):
        return self._pair.access_token.expires_at.ToMilliseconds() / 1000 - time.time()

    async def token(self, other_than=None):
        """The access token for the next call; `other_than` is one that a server refused."""
        now = time.time()
        usable = now < self._good_until and self.current != other_than
        if usable and now < self._due_at:
            return self.current
        if self._flight is None:
            self._flight = asyncio.create_task(self._fly())
            self._flight.add_done_callback(lambda flight: flight.cancelled() or flight.exception())  # nobody may wait
        if not usable:
            await asyncio.shield(self._flight)  # one caller that gives up does not end it for the others
        return self.current

    async def _fly(self):
        try:
            pair = await self._refresh(self._pair.refresh_token.token)
            self._save(pair)
            self._take(pair)
        except grpc.RpcError:
            self._due_at = time.time() + _PAUSE_AFTER_FAILURE
            raise
        finally:
            self._flight = None

    def credentials(self, tls):
        """Channel credentials that put the token on every call of any kind."""
        return grpc.composite_channel_credentials(tls, grpc.metadata_call_credentials(_Plugin(self)))


class _Plugin(grpc.AuthMetadataPlugin):
    """gRPC calls it on a thread of its own; the keeper lives in the event loop."""

    def __init__(self, keeper):
        self._keeper = keeper

    def __call__(self, context, callback):
        def deliver(future):
            error = future.exception()
            callback((), error) if error else callback((("authorization", f"Bearer {future.result()}"),), None)

        asyncio.run_coroutine_threadsafe(self._keeper.token(), self._keeper._loop).add_done_callback(deliver)


class RefreshOnce(grpc.aio.UnaryUnaryClientInterceptor):
    """Makes a unary call once more with a newer token when the server refused the first one.

    Streams are not repeated: what has been said on them is the caller's to say again.
    """

    def __init__(self, keeper):
        self._keeper = keeper

    async def intercept_unary_unary(self, continuation, client_call_details, request):
        before = self._keeper.current
        call = await continuation(client_call_details, request)
        if await call.code() != grpc.StatusCode.UNAUTHENTICATED:
            return call
        try:
            await self._keeper.token(other_than=before)
        except grpc.RpcError:
            return call  # no newer token is to be had, and the refusal stands
        return await continuation(client_call_details, request)


class StreamRenewer(contextlib.AbstractAsyncContextManager):
    """Renews one stream until the block is left. Give `metadata` to the call that opens it.

        async with StreamRenewer(channel, keeper, "/shop.v1.Shop/Watch") as renewer:
            async for event in stub.Watch(request, metadata=renewer.metadata): ...
    """

    def __init__(self, channel, keeper, method):
        self._stub = stream_grpc.StreamAuthorizationStub(channel)
        self._keeper = keeper
        self._request = stream_pb.RenewRequest(stream_id=str(uuid.uuid4()), method=method)
        self.metadata = (("paseto-stream-id", self._request.stream_id),)

    async def __aenter__(self):
        await self._keeper.token()
        self._task = asyncio.create_task(self._renew())
        return self

    async def __aexit__(self, *exception):
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _renew(self):
        under, life = self._keeper.current, self._keeper.remaining_life
        while life > 0:
            await asyncio.sleep(life * random.uniform(0.75, 0.85))
            under = await self._keeper.token(other_than=under)
            renewed = await self._stub.Renew(self._request)
            if not renewed.HasField("remaining_life"):
                return
            life = renewed.remaining_life.ToMilliseconds() / 1000
