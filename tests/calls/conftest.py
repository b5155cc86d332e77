"""Gateway and worker with the real weights, cut off from every network."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest

import kefu
from daemon.ctl.serving import serving
from daemon.release.release import Release
from tests.conftest import STATE
from tests.opening_hours import always_open

_CLONE_NEWNET = 0x40000000
MAX_CALLS = 3


class House(msgspec.Struct, frozen=True):
    """A service that is up."""

    client: kefu.Client
    state: Path
    networkless: bool
    """The processes have a network namespace with nothing in it, not even loopback."""


@pytest.fixture(scope="session")
def house(weights: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    state = tmp_path_factory.mktemp("state")
    for name in ("objects", "releases", "cache"):
        (STATE / name).mkdir(exist_ok=True)
        (state / name).symlink_to((STATE / name).resolve())
    config = state / "kefu.toml"
    config.write_text(
        f"[gateway]\nmax_calls = {MAX_CALLS}\n[dialog]\nscenarios = '{always_open(state)}'\n"
    )
    with ExitStack() as stack:
        address, networkless = _start_without_network(stack, state, config)
        client = stack.enter_context(kefu.Client(address))
        yield House(client, state, networkless)


def _start_without_network(stack: ExitStack, state: Path, config: Path) -> tuple[str, bool]:
    """Start the service from a thread that has left the network: children inherit it."""
    started: list[tuple[str, bool]] = []
    failed: list[BaseException] = []

    def start() -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        networkless = os.geteuid() == 0 and libc.unshare(_CLONE_NEWNET) == 0
        try:
            started.append((stack.enter_context(serving(state, config=config)), networkless))
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    if failed:
        log = state / "kefud.log"
        raise AssertionError(log.read_text() if log.exists() else "no log") from failed[0]
    return started[0]
