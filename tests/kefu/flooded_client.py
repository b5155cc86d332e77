"""Run for itself: a client that is flooded with audio while its connection is cut again and again.

``python -m tests.kefu.flooded_client SECONDS`` prints how often it was cut.
"""

from __future__ import annotations

import sys
import time

import kefu
from tests.kefu.cut_proxy import CutProxy
from tests.kefu.gateway_model import FRAME
from tests.kefu.scripted_gateway import ScriptedGateway


def main(seconds: float) -> None:
    """Hold one call; every frame has to come once."""
    said, heard = 0, 0
    with (
        ScriptedGateway() as gateway,
        CutProxy(gateway.folder / "proxy.sock", gateway.path) as proxy,
        kefu.Client(f"ipc://{gateway.folder}/proxy.sock") as client,
        client.call() as call,
    ):
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            for _ in range(200):
                gateway.say(call.id, bytes(FRAME))
                said += 1
            time.sleep(0.02)
            proxy.sever()
            while heard < said and call.read(5.0) is not None:
                heard += 1
        print(f"{proxy.accepted} connections, {heard} of {said} frames")
        if heard != said or call.closed is not None:
            sys.exit(1)


if __name__ == "__main__":
    main(float(sys.argv[1]))
