"""A client that comes back with a backlog: its call goes on, and what it no longer has is lost."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import kefu
from tests.daemon.gateway.house import House, until
from tests.kefu.cut_proxy import CutProxy


@pytest.mark.parametrize(("away_s", "lost_s"), [(2.5, 0.0), (6.5, 3.5)])
def test_a_call_goes_on_after_an_absence(tmp_path: Path, away_s: float, lost_s: float) -> None:
    path = tmp_path / "proxy.sock"
    with House() as house:
        proxy = CutProxy(path, house.folder / "kefu.sock")
        with kefu.Client(f"ipc://{path}") as client, client.call(called="tone") as call:
            talk(call, 1.0)
            until(lambda: house.at_worker(call.id).samples == 8_000)
            proxy.close()
            talk(call, away_s)
            with CutProxy(path, house.folder / "kefu.sock"):
                talk(call, 1.0)
                worker = house.at_worker(call.id)
                until(lambda: worker.samples + worker.lost >= call.next_sample - 8_000)
                assert call.closed is None
                if not lost_s:
                    # What was sent last may still be on its way, tick by tick.
                    until(lambda: worker.samples >= call.next_sample)
                    assert worker.samples == call.next_sample
                assert worker.lost <= (lost_s + 0.2) * 8_000
                assert house.gateway.counters["refused_bad_sequence"] == 0
                closed = call.close()
                assert closed is not None
                assert closed.cause == "normal"


def talk(call: kefu.Call, seconds: float) -> None:
    """Send in real time and take what comes."""
    due = time.monotonic()
    for _ in range(int(seconds * 50)):
        call.send(b"\x01" * 160)
        call.read(0)
        due += 0.02
        time.sleep(max(0.0, due - time.monotonic()))
