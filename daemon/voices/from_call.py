"""What was read aloud in a call, cut out of its recording by the times of its turns.

A call of the enrolment scenario asks for the consent sentence and then for numbered sentences; a
turn's step says what the next turn was to read (``engines.dialog.aloud``). Only what the agent took
is cut out; of a sentence that was read again, the last.
"""

from __future__ import annotations

import re
import wave
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from daemon.recording import files
from daemon.records import reader
from daemon.voices.clock import read_instant
from daemon.voices.enrolment import Recording
from daemon.voices.errors import NothingRead, VoiceError
from daemon.voices.invitation import OPERATION, Invitation, of_voice
from daemon.voices.ledger import Ledger
from daemon.voices.places import checked_name
from engines.dialog.aloud import CONSENT, TAKEN, UNDONE, bare, number_of, reads
from engines.samples.sentences import Language, consent_sentence, sentences
from engines.samples.spans import voice_in
from engines.samples.spectrum import FRAMES_PER_S, decibel
from kefu.records import CallSummary, Turn

MARGIN_S: Final = 0.25
"""Kept before and behind the voice."""
SEARCHED_S: Final = 0.7
"""So far the recording and the times of a turn may lie apart: a line that stands still and then
brings all at once moves both."""
_INVITED: Final = re.compile(rf"{OPERATION}\(…\) -> voice=([a-z0-9-]+), language=(zh|en)")


class ReadCall(msgspec.Struct, frozen=True, kw_only=True):
    """All of a call that can be used for a voice."""

    call: str
    """32 hexadecimal digits."""
    language: Language
    sentences: tuple[Recording, ...]
    """For ``Enroller.add``, in their order in ``engines.samples.sentences``."""
    consent: Recording | None
    """For ``give_consent.give``; None: none was spoken in this call."""
    invitation: Invitation | None
    """Whose sentence of consent was read: who, purpose, company. With ``consent``."""


def read_call(state: Path, name: str, call: str) -> ReadCall:
    """What was read in a call for the voice ``name``.

    Args:
        state: the state folder.
        name: of the voice.
        call: its id, or the beginning of it.

    Raises:
        NothingRead: it is no such call, one for another voice, one from before the voice was
            revoked, its recording is gone or damaged, or nothing in it was taken.
        LedgerDamaged: whether it was revoked cannot be told.
        NoSuchCall, RecordsUnusable: as ``daemon.records.reader.show``.
        BadVoiceName: as ``checked_name``.
    """
    checked_name(name)
    summary, turns = reader.show(state / "records.sqlite", call.lower())
    short = summary.call[:12]
    invited = list(filter(None, (_INVITED.search(turn.business) for turn in turns)))
    if not invited:
        raise NothingRead(f"Call {short} was not opened by an invitation to record a voice.")
    voice, language = invited[-1][1], invited[-1][2]
    if voice != name:
        raise NothingRead(f"Call {short} was read for the voice {voice!r}, not {name!r}.")
    spoken: Language = "zh" if language == "zh" else "en"
    _check_not_ended(state, name, summary)
    taken = _taken(turns)
    if not taken:
        raise NothingRead(f"No sentence of call {short} was taken.")
    rate_hz, pcm = _caller(state, summary)
    invitation, asked = _consent(state, name, spoken, turns)
    script = sentences(spoken)
    found: list[Recording] = []
    consent = None
    for step in sorted(taken, key=number_of):
        number = number_of(step)
        clip = _cut(pcm, rate_hz, taken[step], summary.recorded_from_ms)
        if clip is None:
            continue
        if step == CONSENT:
            if invitation is not None:
                consent = Recording(
                    pcm=clip,
                    rate_hz=rate_hz,
                    asked=asked,
                    heard=taken[step].heard,
                    source=f"call {short}, consent",
                )
        elif 0 < number <= len(script):
            found.append(
                Recording(
                    pcm=clip,
                    rate_hz=rate_hz,
                    asked=script[number - 1],
                    heard=taken[step].heard,
                    source=f"call {short}, sentence {number}",
                )
            )
    if not found and consent is None:
        raise NothingRead(f"The recording of call {short} holds nothing of what was read.")
    return ReadCall(
        call=summary.call,
        language=spoken,
        sentences=tuple(found),
        consent=consent,
        invitation=invitation if consent is not None else None,
    )


def _check_not_ended(state: Path, name: str, summary: CallSummary) -> None:
    """Whoever took it back must say it again: in a call that began after that."""
    history = Ledger(state).read()
    ended = history.last(name, "revoked", "expired")
    if ended is None:
        return
    try:
        opened = read_instant(summary.opened_at)
    except VoiceError:
        opened = None
    # The ledger's times have no fractions.
    if opened is None or opened < history.at(ended) + timedelta(seconds=1):
        raise NothingRead(
            f"Call {summary.call[:12]} began before {name} was {ended.event}: it counts no more.",
            mend="Invite the person again: `kefuctl voice invite --help`.",
        )


def _taken(turns: list[Turn]) -> dict[str, Turn]:
    """Step to the turn in which it was read and taken."""
    taken: dict[str, Turn] = {}
    for before, turn in pairwise(turns):
        if turn.number != before.number + 1:
            continue  # what was asked is not known
        if turn.action == UNDONE:
            taken.pop(turn.step, None)
        elif reads(before.step) and turn.heard and turn.action in TAKEN:
            taken[before.step] = turn
    return taken


def _consent(
    state: Path, name: str, language: Language, turns: list[Turn]
) -> tuple[Invitation | None, str]:
    """The invitation whose sentence was asked for in the call, and the sentence."""
    said = "".join(bare(turn.reply) for turn in turns if turn.step == CONSENT)
    for invitation in of_voice(state, name):
        text = consent_sentence(
            language, invitation.who, invitation.purpose, company=invitation.company
        )
        if bare(text) in said:
            return invitation, text
    return None, ""


def _caller(state: Path, summary: CallSummary) -> tuple[int, NDArray[np.int16]]:
    """Rate and samples of the caller's side."""
    short = summary.call[:12]
    path = files.find(state / "recordings", summary.call)
    if path is None:
        raise NothingRead(f"There is no recording of call {short} any more.")
    if path.name.endswith(files.UNFINISHED):
        raise NothingRead(f"Call {short} is still being recorded: wait for its end.")
    try:
        with wave.open(str(path), "rb") as wav:
            if (wav.getnchannels(), wav.getsampwidth()) != (2, 2):
                raise NothingRead(f"{path} is no recording of two sides.")
            rate_hz = wav.getframerate()
            frames = np.frombuffer(wav.readframes(wav.getnframes()), "<i2")
    except (OSError, EOFError, wave.Error, ValueError) as reason:
        raise NothingRead(f"{path} cannot be read: {reason}.") from reason
    return rate_hz, frames[: frames.size // 2 * 2].reshape(-1, 2)[:, 0].astype(np.int16)


def _cut(
    pcm: NDArray[np.int16], rate_hz: int, turn: Turn, from_ms: float
) -> NDArray[np.int16] | None:
    """The turn's voice with its margins; None where the recording does not reach there."""
    start_ms, end_ms = turn.ledger.voice_start_ms, turn.ledger.speech_end_ms
    if start_ms is None or end_ms is None or end_ms <= start_ms:
        return None
    hop = rate_hz // FRAMES_PER_S
    start, length = start_ms - from_ms, end_ms - start_ms
    frame, frames = round(start / 1000 * FRAMES_PER_S), round(length / 1000 * FRAMES_PER_S)
    about = round(SEARCHED_S * FRAMES_PER_S)
    first = max(0, frame - about)
    around = pcm[first * hop : max(0, frame + frames + about) * hop]
    if not around.any():
        return None
    place = _most_voice(around, hop, frames, near=frame - first)
    margin = round(MARGIN_S * FRAMES_PER_S)
    begin, end = first + place - margin, first + place + frames + margin
    return pcm[max(0, begin) * hop : end * hop].copy()


def _most_voice(pcm: NDArray[np.int16], hop: int, frames: int, *, near: int) -> int:
    """Where so many frames hold the most voice; of equal places the nearest to ``near``."""
    whole = pcm[: pcm.size // hop * hop].astype(np.float32).reshape(-1, hop) / 32768.0
    spoken = voice_in(decibel(np.mean(whole**2, axis=1))).spoken.astype(np.int64)
    sums = np.concatenate(([0], np.cumsum(spoken)))
    places = np.arange(max(1, spoken.size - frames + 1))
    held = sums[np.minimum(places + frames, spoken.size)] - sums[places]
    best = places[held == held.max()]
    return int(best[np.argmin(np.abs(best - near))])
