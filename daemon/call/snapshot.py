"""What another worker needs to go on with a call: written after each turn, at most 64 KiB."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec.structs import replace

from daemon import slot
from daemon.call.errors import BadSnapshot
from engines.dialog.moves import Handover, Move, State
from engines.emotion.prosody import NO_BASELINE, Baseline

VERSION: Final = 1
MOST_ITEMS: Final = 64
MOST_DEPTH: Final = 12
_TEXT_CHARACTERS: Final = (2000, 256, 32)
"""Longest text that stays whole, in the first, second and third try to make it fit."""


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Where a call stood when its newest turn was committed or its reply delivered."""

    version: int = VERSION
    release: str
    move: Move
    """The newest; without its reply, which is the dialogue's to say again."""
    turns: int
    """Turns so far: the number of the next one."""
    delivered: bool
    """The caller heard the reply to its end, or spoke over it."""
    transferring: bool = False
    """The PBX was asked to put the caller through, and has not answered."""
    recording: bool = False
    baseline: Baseline = NO_BASELINE


_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(Snapshot)


def pack(snapshot: Snapshot) -> bytes:
    """The snapshot in at most ``slot.MAX_SNAPSHOT_BYTES`` of msgpack: what is too long is cut."""
    snapshot = replace(snapshot, move=replace(snapshot.move, reply=(), call=None, reasons=()))
    for characters in (None, *_TEXT_CHARACTERS):
        kept = snapshot if characters is None else _cut(snapshot, characters)
        data = _encoder.encode(kept)
        if len(data) <= slot.MAX_SNAPSHOT_BYTES:
            return data
    # Nothing but the place in the scenario: the dialogue asks for the rest again.
    state = snapshot.move.state
    bare = State(scenario=state.scenario[:256], step=state.step[:256], language=state.language)
    return _encoder.encode(
        replace(_cut(snapshot, _TEXT_CHARACTERS[-1]), move=_bare(snapshot.move, bare))
    )


def unpack(data: bytes, release: str) -> Snapshot:
    """What ``pack`` wrote. Raises BadSnapshot."""
    if len(data) > slot.MAX_SNAPSHOT_BYTES:
        raise BadSnapshot(f"{len(data)} bytes are more than {slot.MAX_SNAPSHOT_BYTES}.")
    try:
        snapshot = _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as reason:
        raise BadSnapshot(f"{reason}.") from reason
    if snapshot.version != VERSION or snapshot.release != release:
        raise BadSnapshot(
            f"Version {snapshot.version} of release {snapshot.release[:60]!r}, "
            f"not {VERSION} of {release!r}."
        )
    if not 0 <= snapshot.turns < 2**31:
        raise BadSnapshot(f"{snapshot.turns} turns.")
    return snapshot


def handover_data(handover: Handover) -> dict[str, Any]:
    """A handover as the EVENT ``transfer`` carries it, cut to what a human can read."""
    data: dict[str, Any] = _shortened(msgspec.to_builtins(handover), _TEXT_CHARACTERS[0], 0)
    return data


def _cut(snapshot: Snapshot, characters: int) -> Snapshot:
    state = snapshot.move.state
    cut = State(
        scenario=state.scenario[:256],
        step=state.step[:256],
        language=state.language,
        slots=_shortened(state.slots, characters, 0),
        asked=_shortened(state.asked, characters, 0),
        memory=_shortened(state.memory, characters, 0),
    )
    return replace(snapshot, release=snapshot.release[:256], move=_bare(snapshot.move, cut))


def _bare(move: Move, state: State) -> Move:
    handover = move.handover
    if handover is not None:
        handover = msgspec.convert(handover_data(handover), Handover)
    return replace(move, state=state, action=move.action[:256], handover=handover)


def _shortened(data: Any, characters: int, depth: int) -> Any:
    """Plain data with long texts and long lists cut; of a list the newest items stay."""
    if isinstance(data, str):
        return data[:characters]
    if depth >= MOST_DEPTH:
        return None
    if isinstance(data, dict):
        items = list(data.items())[:MOST_ITEMS]
        return {
            _shortened(key, 256, depth + 1): _shortened(value, characters, depth + 1)
            for key, value in items
        }
    if isinstance(data, (list, tuple)):
        return [_shortened(value, characters, depth + 1) for value in data[-MOST_ITEMS:]]
    return data
