"""Whether a recording may help to make a voice: each figure against its limit, with what mends it.

The limits were set on clean and on spoilt recordings; ``docs/voices.md``, "Samples", has the counts
of false refusals and misses.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.samples.measure import Measurements, heard_in, measure
from engines.samples.refusal import Refusal
from engines.samples.spoken_text import error_rate

Part = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class SampleSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Limits of one recording."""

    least_voice_s: float = 1.0
    least_level_dbfs: float = -55.0
    most_full_scale: Part = 0.001
    most_clipped: Part = 0.001
    least_headroom_db: float = 1.8
    least_snr_db: float = 15.0
    most_reverberation_s: float = 0.45
    least_bandwidth_hz: float = 3000.0
    most_tonal: Part = 0.35
    most_pitch_jump_semitones: float = 4.0
    most_errors: Part = 0.35
    """Of the syllables or words that were asked for."""


USUAL = SampleSettings()


class SampleReport(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one recording."""

    measurements: Measurements
    refusals: tuple[Refusal, ...]
    """Empty: usable."""
    quality: Part
    error_rate: float
    """Of what was heard; 0 where no text was asked for."""


def judge(
    pcm: NDArray[np.int16],
    rate_hz: int,
    asked: str = "",
    heard: str = "",
    settings: SampleSettings = USUAL,
) -> SampleReport:
    """Measure (T,) int16, at most 30 s, at 8 to 48 kHz, and hold it against the limits.

    Args:
        pcm: the recording.
        rate_hz: its rate.
        asked: the sentence that was to be read; empty: any.
        heard: what a recogniser heard; empty: nothing.
        settings: the limits.

    Raises:
        BadAudio: another type, shape, rate or length.
    """
    found = measure(pcm, rate_hz, heard_in(pcm, rate_hz))
    errors = error_rate(asked, heard, found.voice_s) if asked else 0.0
    if found.voice_s < settings.least_voice_s:  # what else was measured means little
        refusals = [_noisy(found, settings)] if _is_noisy(found, settings) else []
        refusals.append(_short(found, settings))
    else:
        refusals = [*_refusals(found, settings)]
        if errors > settings.most_errors:
            refusals.append(_other_text(heard, errors, settings))
    return SampleReport(
        measurements=found,
        refusals=tuple(refusals),
        quality=quality(found, errors),
        error_rate=errors,
    )


def quality(found: Measurements, errors: float = 0.0) -> float:
    """0..1: how much of what a recording may lack is there. Pure.

    A product of what noise, room, clipping, band and slips of the tongue leave; a quiet studio at
    16 kHz has 1, a good telephone line 0.9.
    """
    parts = (
        _rise(found.voice_s, 0.0, 1.5),
        _rise(found.snr_db, 5.0, 25.0),
        1.0 - 0.5 * _rise(found.reverberation_s, 0.35, 0.6),
        1.0 - _rise(found.clipped_share, 0.001, 0.02),
        0.6 + 0.4 * _rise(found.bandwidth_hz, 2000.0, 5000.0) ** 0.5,
        1.0 - errors,
    )
    return float(np.clip(np.prod(parts), 0.0, 1.0))


def _rise(value: float, low: float, high: float) -> float:
    """0 up to ``low``, 1 from ``high`` on."""
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _short(found: Measurements, settings: SampleSettings) -> Refusal:
    return Refusal(
        code="too_short",
        reason=f"{found.voice_s:.1f} s of voice; {settings.least_voice_s:.1f} s are needed",
        mend="Read whole sentences, at your usual pace, near the microphone.",
    )


def _is_noisy(found: Measurements, settings: SampleSettings) -> bool:
    """Silence is not."""
    return found.voice_s > 0.0 and found.snr_db < settings.least_snr_db


def _noisy(found: Measurements, settings: SampleSettings) -> Refusal:
    return Refusal(
        code="noisy",
        reason=f"voice {found.snr_db:.0f} dB above noise; {settings.least_snr_db:.0f} are needed",
        mend="Record in a quiet room, nearer to the microphone, with fans and radio off.",
    )


def _other_text(heard: str, errors: float, settings: SampleSettings) -> Refusal:
    shown = heard if len(heard) <= 60 else f"{heard[:59]}…"
    said = f"heard was {shown!r}, {errors:.0%} otherwise" if heard.strip() else "nothing was heard"
    return Refusal(
        code="other_text",
        reason=f"{said}; {settings.most_errors:.0%} may be",
        mend="Read the sentence as it stands, or name the file after the sentence's number.",
    )


def _refusals(found: Measurements, settings: SampleSettings) -> Iterator[Refusal]:
    if found.level_dbfs < settings.least_level_dbfs:
        yield Refusal(
            code="too_quiet",
            reason=f"{found.level_dbfs:.0f} dBFS; {settings.least_level_dbfs:.0f} are needed",
            mend="Turn the recording level up, or come nearer to the microphone.",
        )
    clipped = (
        found.full_scale_share > settings.most_full_scale
        or found.clipped_share > settings.most_clipped
        or found.headroom_db < settings.least_headroom_db
    )
    if clipped:
        yield Refusal(
            code="clipped",
            reason=(
                f"{found.clipped_share:.1%} of the samples are cut off at "
                f"{found.peak_dbfs:.0f} dBFS, with {found.headroom_db:.1f} dB of peaks"
            ),
            mend="Turn the recording level down until loud syllables stay below full scale.",
        )
    if _is_noisy(found, settings):
        yield _noisy(found, settings)
    if found.reverberation_s > settings.most_reverberation_s:
        yield Refusal(
            code="reverberant",
            reason=(
                f"sound stays in the room for {found.reverberation_s:.2f} s; "
                f"{settings.most_reverberation_s:.2f} may be"
            ),
            mend="Record in a room with curtains or a carpet, nearer to the microphone.",
        )
    if found.bandwidth_hz < settings.least_bandwidth_hz:
        yield Refusal(
            code="narrow_band",
            reason=(
                f"speech up to {found.bandwidth_hz:.0f} Hz; "
                f"{settings.least_bandwidth_hz:.0f} are needed"
            ),
            mend="Give the original recording: this one went through a narrow line or codec.",
        )
    if found.tonal_share > settings.most_tonal:
        yield Refusal(
            code="music",
            reason=f"music, a hum or a tone in {found.tonal_share:.0%} of the pauses",
            mend="Switch off what sounds in the room, and record again.",
        )
    if found.pitch_jump_semitones > settings.most_pitch_jump_semitones:
        yield Refusal(
            code="two_speakers",
            reason=f"the pitch jumps by {found.pitch_jump_semitones:.0f} semitones",
            mend="One person reads alone.",
        )
