"""kefu: the client of the kefu voice agent.

A call from a file, and what becomes of it::

    import kefu

    with kefu.Client("ipc:///run/kefu/kefu.sock") as client:
        with client.call(codec="ulaw", called="4000", on_audio=play) as call:
            call.send_file("caller.ulaw")
            for event in call.events():
                print(event.kind, event.data)
            print(call.closed.cause)

The same with asyncio, with keys, a hold and a transfer::

    async with kefu.AsyncClient() as client, await client.call(called="4000") as call:
        call.dtmf("1")
        call.hold()  # the caller hears your music; what is sent meanwhile is dropped
        call.resume()
        async for event in call.events():
            if event.kind == "transfer":
                call.transferred("ok" if await connect(event.data["target"]) else "no_answer")

A connection that breaks is made again under these calls, and they go on: samples, events and
controls arrive once and in order, as long as it takes no more than 10 s. What the caller said more
than 3 s before the connection stands again is lost; the gateway is told by the samples' numbers.
"""

from kefu.agent_voice import AgentFrame
from kefu.async_client import AsyncCall, AsyncClient
from kefu.client import DEFAULT_ADDRESS, Call, Client
from kefu.errors import (
    Busy,
    CallEnded,
    Draining,
    GatewayUnreachable,
    KefuError,
    NoWorker,
    ProtocolError,
    Refused,
)

__all__ = [
    "DEFAULT_ADDRESS",
    "AgentFrame",
    "AsyncCall",
    "AsyncClient",
    "Busy",
    "Call",
    "CallEnded",
    "Client",
    "Draining",
    "GatewayUnreachable",
    "KefuError",
    "NoWorker",
    "ProtocolError",
    "Refused",
]
