#!/usr/bin/env python3
"""The shop of examples/guarded_service in Python, guarded by the rules that stand in shop.proto.

    shop_server.py --listen localhost:0 --port-file shop.port --feed localhost:7443 --feed-ca ca.crt \
        --feed-token-file shop.token --issuer https://id.shop --certificate shop.crt --private-key shop.key --client-ca ca.crt
"""
import argparse
import asyncio
import itertools
import pathlib
import signal

import grpc
from examples.guarded_service import shop_pb2 as shop
from examples.guarded_service import shop_pb2_grpc as shop_grpc
from feed import FeedFollower
from guard import PRINCIPAL, Guard

STATES = ("packed", "handed to the courier", "on the road", "at the door")


class Shop(shop_grpc.ShopServicer):
    """The handlers ask only who calls; whether the caller may call was decided before them."""

    def __init__(self):
        self._orders = {"1": ("alice", "tea", 2), "2": ("alice", "cup", 1), "3": ("bob", "pot", 1)}

    async def ListProducts(self, request, context):
        return shop.ListProductsResponse(products=["cup", "pot", "tea"])

    async def GetOrder(self, request, context):
        customer, product, quantity = self._orders.get(request.order_id, (None, "", 0))
        if customer != PRINCIPAL.get()["sub"]:
            await context.abort(grpc.StatusCode.NOT_FOUND, "you have no such order")
        return shop.GetOrderResponse(product=product, quantity=quantity)

    async def DeleteAccount(self, request, context):
        mine = self._mine()
        for order_id in mine:
            del self._orders[order_id]
        return shop.DeleteAccountResponse(deleted_orders=len(mine))

    async def WatchOrders(self, request, context):
        mine = self._mine()
        if not mine:
            await context.abort(grpc.StatusCode.NOT_FOUND, "you have no orders")
        for state, order_id in ((state, order_id) for state in itertools.cycle(STATES) for order_id in mine):
            yield shop.WatchOrdersResponse(order_id=order_id, state=state)
            await asyncio.sleep(0.25)

    async def Chat(self, request_iterator, context):
        caller = PRINCIPAL.get()["sub"]
        async for request in request_iterator:
            yield shop.ChatResponse(text=f"{caller}, you said: {request.text}")

    def _mine(self):
        return [order_id for order_id, order in self._orders.items() if order[0] == PRINCIPAL.get()["sub"]]


def read(path):
    return pathlib.Path(path).read_bytes()


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("listen", "port-file", "feed", "feed-ca", "feed-token-file", "issuer", "certificate", "private-key",
                 "client-ca"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--audience", default="shop")
    flags = parser.parse_args()

    channel = grpc.aio.secure_channel(flags.feed, grpc.composite_channel_credentials(
        grpc.ssl_channel_credentials(read(flags.feed_ca)),
        grpc.access_token_call_credentials(read(flags.feed_token_file).decode().strip())))
    async with FeedFollower(channel, flags.issuer) as feed:
        server = grpc.aio.server(interceptors=[Guard(feed, flags.audience, [shop.DESCRIPTOR])])
        shop_grpc.add_ShopServicer_to_server(Shop(), server)
        port = server.add_secure_port(flags.listen, grpc.ssl_server_credentials(
            [(read(flags.private_key), read(flags.certificate))], read(flags.client_ca), require_client_auth=True))
        await server.start()
        pathlib.Path(flags.port_file).write_text(f"{port}\n")
        stop = asyncio.Event()
        for one in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(one, stop.set)
        await stop.wait()
        await server.stop(grace=2)


asyncio.run(main())
