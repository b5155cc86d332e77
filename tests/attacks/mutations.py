"""Messages of both sockets, bent at random: what a broken or hostile peer may send."""

from __future__ import annotations

import random
from collections.abc import Iterator

import msgspec

from kefu.protocol import CALL_ID_BYTES, NO_CALL, pack
from tests.daemon.gateway import slot_samples
from tests.kefu import protocol_samples

_encoder = msgspec.msgpack.Encoder()


def door_messages(seed: int, calls: list[bytes]) -> Iterator[list[bytes]]:
    """Endless messages for kefu.sock; ``calls``: ids that they may name, other clients' too."""
    chance = random.Random(seed)
    samples = list(protocol_samples.FROM_CLIENT.values())
    while True:
        type_, header, payload = chance.choice(samples)
        call = chance.choice([*calls, NO_CALL, chance.randbytes(CALL_ID_BYTES)])
        yield bent(pack(type_, call, header, payload), chance)


def slot_messages(seed: int, calls: list[bytes]) -> Iterator[list[bytes]]:
    """Endless messages of a worker for slot.sock."""
    chance = random.Random(seed)
    samples = [
        (name, message)
        for name, message in slot_samples.TO_GATEWAY.items()
        if name not in ("worker_close", "hello")
    ]
    while True:
        name, message = chance.choice(samples)
        if hasattr(message, "call"):
            message = msgspec.structs.replace(message, call=chance.choice(calls))
        yield bent([name.upper().encode(), _encoder.encode(message)], chance)


def bent(parts: list[bytes], chance: random.Random) -> list[bytes]:
    """A message with something wrong in it, most of the time."""
    parts = list(parts)
    for _ in range(chance.choice((0, 1, 1, 1, 2, 4))):
        where = chance.randrange(len(parts))
        part = bytearray(parts[where])
        match chance.randrange(8):
            case 0 if part:
                part[chance.randrange(len(part))] ^= 1 << chance.randrange(8)
            case 1:
                del part[chance.randrange(len(part) + 1) :]
            case 2:
                part += chance.randbytes(chance.choice((1, 7, 300, 5_000)))
            case 3:
                part = bytearray(_encoder.encode(_anything(chance, 3)))
            case 4:
                part = bytearray(chance.choice((b"", b"\x91" * 9_000, b"\xdf\xff\xff\xff\xff")))
            case 5:
                parts.insert(where, chance.randbytes(chance.randrange(40)))
                continue
            case 6 if len(parts) > 1:
                del parts[where]
                continue
            case _:
                parts[where], parts[-1] = parts[-1], parts[where]
                continue
        parts[where] = bytes(part)
    return parts


def _anything(chance: random.Random, depth: int) -> object:
    plain: list[object] = [
        None, True, -1, 0, 2**53, 2**63 - 1, 2**64 - 1, -(2**63), 1e308, float("nan"), "", "zh",
        "x" * 300, b"\0" * 70, "\ud7ff", "ulaw", 8000, 20,
    ]  # fmt: skip
    if depth and chance.random() < 0.4:
        keys = ["first_sample", "taken", "codec", "rate_hz", "frame_ms", "digit", "call", "turn"]
        return {chance.choice(keys): _anything(chance, depth - 1) for _ in range(4)}
    if depth and chance.random() < 0.2:
        return [_anything(chance, depth - 1) for _ in range(5)]
    return chance.choice(plain)
