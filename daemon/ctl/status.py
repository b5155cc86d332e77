"""``kefuctl status``: whether the gateway answers, and how much room it has."""

from __future__ import annotations

import msgspec

from daemon.ctl import places
from daemon.ctl.output import print_json, results
from kefu.client import Client


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints."""

    address: str
    state: str
    """``serving``, ``no_worker`` or ``draining``."""
    calls: int
    free: int


def status(
    state: places.State = places.STATE,
    run: places.Run = None,
    json: places.Json = False,
) -> None:
    """Ask the gateway how it is. Exit code 3 where nobody answers.

    Examples:
        kefuctl status

        kefuctl status --json | jq .free
    """
    address = places.address(state, run)
    with Client(address, timeout_s=2.0) as client:
        pong = client.ping()
    answer = Status(address=address, state=pong.state, calls=pong.calls, free=pong.free)
    if json:
        print_json(answer)
        return
    said = {"serving": "serving", "no_worker": "up, waiting for its worker", "draining": "draining"}
    results.print(f"{said[answer.state]}: {answer.calls} calls, room for {answer.free} more")
