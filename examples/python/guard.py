"""Guards a grpc.aio server with our tokens: reads the rules of paseto/v1/auth.proto beside each method, judges every
call before its handler runs, and ends streams when their token expires or is revoked. Copy it with offline.py and feed.py.

    server = grpc.aio.server(interceptors=[Guard(feed, audience="shop", files=[shop_pb2.DESCRIPTOR])])

A handler learns who calls from `PRINCIPAL.get()`: the claims, or None where the rule lets anybody in. Streams cannot be
renewed here: that takes paseto.v1.StreamAuthorization, which the C++ library serves.
"""
import asyncio
import contextvars
import ssl
import time

import grpc
from offline import Refused, verify
from paseto.v1 import auth_pb2 as auth

PRINCIPAL = contextvars.ContextVar("principal", default=None)
_SUPPORTED = {"mode", "type", "fresh", "any_scopes", "all_scopes"}
_CODES = {"scope_missing": grpc.StatusCode.PERMISSION_DENIED, "trust_stale": grpc.StatusCode.UNAVAILABLE}


class Guard(grpc.aio.ServerInterceptor):
    def __init__(self, feed, audience, files):
        self._feed, self._audience = feed, audience
        self._rules = {f"/{service.full_name}/{method.name}": _rule_of(file, service, method)
                       for file in files for service in file.services_by_name.values() for method in service.methods}

    async def intercept_service(self, continuation, handler_call_details):
        handler = await continuation(handler_call_details)
        if handler is None:
            return None
        rule = self._rules.get(handler_call_details.method, auth.AuthRule())
        make = {(False, False): grpc.unary_unary_rpc_method_handler, (False, True): grpc.unary_stream_rpc_method_handler,
                (True, False): grpc.stream_unary_rpc_method_handler, (True, True): grpc.stream_stream_rpc_method_handler}
        behavior = self._stream(handler, rule) if handler.response_streaming else self._unary(handler, rule)
        return make[handler.request_streaming, handler.response_streaming](
            behavior, handler.request_deserializer, handler.response_serializer)

    def _unary(self, handler, rule):
        async def behavior(request, context):
            PRINCIPAL.set(await self._decide(rule, context))
            return await (handler.stream_unary or handler.unary_unary)(request, context)
        return behavior

    def _stream(self, handler, rule):
        async def behavior(request, context):
            principal = await self._decide(rule, context)
            PRINCIPAL.set(principal)
            responses = aiter((handler.stream_stream or handler.unary_stream)(request, context))
            end = asyncio.create_task(self._end_of(principal))
            step = None
            try:
                while True:
                    step = asyncio.ensure_future(anext(responses))
                    await asyncio.wait({step, end}, return_when=asyncio.FIRST_COMPLETED)
                    if end.done():
                        await context.abort(grpc.StatusCode.UNAUTHENTICATED, end.result())
                    yield step.result()
            except StopAsyncIteration:
                return
            finally:
                for task in filter(None, (end, step)):
                    task.cancel()
        return behavior

    async def _end_of(self, principal):
        """Waits until a stream of this principal has to end, and says why."""
        if principal is None:
            await asyncio.Event().wait()
        revoked = self._feed.until(lambda trust: trust.is_revoked(principal))
        try:
            await asyncio.wait_for(revoked, principal["exp"] - time.time())
            return "stream_revoked: the token of this stream was revoked"
        except TimeoutError:
            return "stream_expired: the token of this stream expired; open a new stream with a new token"

    async def _decide(self, rule, context):
        try:
            credentials = [value for key, value in context.invocation_metadata() if key == "authorization"]
            shown = context.auth_context().get("x509_pem_cert")
            return self._principal(rule, credentials, shown and ssl.PEM_cert_to_DER_cert(shown[0].decode()))
        except Refused as refusal:
            await context.abort(_CODES.get(refusal.reason, grpc.StatusCode.UNAUTHENTICATED), str(refusal))

    def _principal(self, rule, credentials, certificate):
        if rule.mode == auth.AuthRule.MODE_PUBLIC or (rule.mode == auth.AuthRule.MODE_OPTIONAL and not credentials):
            return None
        if not credentials:
            raise Refused("token_missing", "this method needs a token")
        if len(credentials) > 1:
            raise Refused("token_ambiguous", "send exactly one credential")
        scheme, _, token = credentials[0].partition(" ")
        if scheme.lower() != "bearer":
            raise Refused("token_malformed", "the scheme is not Bearer")
        self._feed.check_fresh()
        claims = verify(self._feed.trust, token, self._audience, type=rule.type or "access", certificate=certificate)
        if rule.fresh and claims.get("fresh") is not True:
            raise Refused("not_fresh", "this method needs a fresh token; sign in again")
        scopes = set(claims.get("scope", "").split())
        if not scopes.issuperset(rule.all_scopes) or (rule.any_scopes and scopes.isdisjoint(rule.any_scopes)):
            raise Refused("scope_missing", "the token lacks a scope that this method needs")
        return claims


def _rule_of(file, service, method):
    """The first level that has a rule supplies the whole rule. A rule that this guard cannot keep is an error."""
    for options, extension in ((method.GetOptions(), auth.auth), (service.GetOptions(), auth.service_auth),
                               (file.GetOptions(), auth.file_auth)):
        if options.HasExtension(extension):
            rule = options.Extensions[extension]
            break
    else:
        return auth.AuthRule()
    unknown = {field.name for field, _ in rule.ListFields()} - _SUPPORTED
    if unknown or rule.mode == auth.AuthRule.MODE_OPTIONAL_LENIENT:
        raise ValueError(f"{method.full_name}: this guard does not know {', '.join(unknown) or 'MODE_OPTIONAL_LENIENT'}")
    return rule
