"""kefu: the client of the kefu voice agent."""

from kefu.async_client import AsyncCall, AsyncClient
from kefu.call_state import AgentFrame
from kefu.client import DEFAULT_ADDRESS, Call, Client
from kefu.errors import (
    Busy,
    CallEnded,
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
    "GatewayUnreachable",
    "KefuError",
    "NoWorker",
    "ProtocolError",
    "Refused",
]
