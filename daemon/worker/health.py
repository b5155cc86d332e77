"""Whether a worker still does its work: pure functions of what has succeeded, and when."""

from __future__ import annotations

from typing import Final

import msgspec

from kefu.records import Turn

PROVED_S: Final = 10.0
"""A turn or a canary proves the engines for so long."""
PATIENCE_S: Final = 20.0
"""A canary waits for callers' turns that are being worked on, but no longer than this after the
last proof: engines that work without end and finish nothing prove nothing."""
RETRY_S: Final = 1.0
"""After a canary that failed."""
SPEAKS_EVERY: Final = 6
"""Speaking costs ten times as much as the rest of a canary."""
VOICE_S: Final = SPEAKS_EVERY * PROVED_S
"""Without a clause of the voice for so long, callers' turns prove nothing until a canary speaks."""


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """What the worker has done. Times: monotonic, in seconds."""

    proved_at: float
    """The last turn of a caller, or canary, that went well through every stage."""
    canary_ended_at: float
    """The last canary, well or not."""
    canary_runs: bool = False
    working: bool = False
    """A stage works for a caller."""


class Decision(msgspec.Struct, frozen=True):
    """What to do now."""

    feed: bool
    """Tell the watchdog that all is well."""
    canary: bool
    """Begin one."""


def decide(progress: Progress, now: float) -> Decision:
    """Feed while the last proof is fresh; else prove it by a canary, behind the callers."""
    age_s = now - progress.proved_at
    due = age_s >= PROVED_S and now - progress.canary_ended_at >= RETRY_S
    free = not progress.working or age_s >= PATIENCE_S
    return Decision(feed=age_s <= PROVED_S, canary=due and free and not progress.canary_runs)


def speaks(sung: int) -> bool:
    """Whether the next canary speaks, ``sung`` of them having succeeded before it.

    One that fails is sung again: a voice that is gone stays unproved.
    """
    return sung % SPEAKS_EVERY == SPEAKS_EVERY - 1


def must_speak(sung: int, silent_s: float) -> bool:
    """Whether the next canary speaks.

    Args:
        sung: canaries that have succeeded.
        silent_s: since the voice last finished a clause, for whomever: one that has just spoken
            needs no proof, and one that has only been spared by cached phrases does.
    """
    return silent_s >= VOICE_S or (speaks(sung) and silent_s >= PROVED_S)


def proves(turn: Turn) -> bool:
    """Whether a caller's turn went through recognition, understanding and dialogue, all sound."""
    ledger = turn.ledger
    needed = (ledger.asr, ledger.nlu, ledger.dialog)
    optional = (ledger.emotion, ledger.tts_first)
    return (
        bool(turn.heard)
        and all(stage is not None and not stage.fallback for stage in needed)
        and not any(stage is not None and stage.fallback for stage in optional)
    )
