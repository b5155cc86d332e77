"""The bytes of the slot protocol: pinned, and read back."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from daemon import slot
from tests.daemon.gateway.slot_samples import TO_GATEWAY, TO_WORKER

GOLDEN = Path(__file__).parents[2] / "golden" / "slot"
SAMPLES = {**TO_WORKER, **TO_GATEWAY}


@pytest.mark.parametrize("name", SAMPLES)
def test_the_body_is_that_of_the_golden_message(name: str) -> None:
    golden = bytes.fromhex((GOLDEN / f"{name}.hex").read_text())
    assert msgspec.msgpack.encode(SAMPLES[name]) == golden
    assert msgspec.msgpack.decode(golden, type=type(SAMPLES[name])) == SAMPLES[name]


def test_every_message_has_golden_bytes() -> None:
    assert {type(message) for message in TO_WORKER.values()} == set(slot.TO_WORKER.values())
    assert {type(message) for message in TO_GATEWAY.values()} == set(slot.TO_GATEWAY.values())
