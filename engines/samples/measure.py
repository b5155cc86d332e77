"""Everything that is measured of one recording."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.errors import BadAudio
from engines.samples.bandwidth import bandwidth_hz
from engines.samples.clipping import at_full_scale, clipped_share, headroom_db
from engines.samples.cutting import LONGEST_WHOLE_S
from engines.samples.pitch import pitch_of
from engines.samples.reverberation import reverberation_s
from engines.samples.signal_to_noise import WORST_DB, signal_to_noise_db
from engines.samples.spans import Voice, voice_in
from engines.samples.spectrum import FRAMES_PER_S, SILENT_DB, Spectra, spectra
from engines.samples.steady_tones import tonal_share

LEAST_RATE_HZ = 8000
MOST_RATE_HZ = 48_000


class Measurements(msgspec.Struct, frozen=True, kw_only=True):
    """One recording in figures."""

    seconds: float
    """Of the recording."""
    voice_s: float
    """Of voice in it."""
    level_dbfs: float
    """RMS of the voice."""
    peak_dbfs: float
    clipped_share: float
    """Of the voiced samples, within 3 % of the extreme."""
    headroom_db: float
    """Of the loudest samples over the hundredth loudest."""
    full_scale_share: float
    snr_db: float
    reverberation_s: float
    """Time to fall by 60 dB; 0: not told."""
    bandwidth_hz: float
    tonal_share: float
    """Of the pauses, in which frequencies are held."""
    pitch_hz: float
    pitch_jump_semitones: float


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What the measurements of one recording share."""

    spectra: Spectra
    voice: Voice


def heard_in(pcm: NDArray[np.int16], rate_hz: int) -> Heard:
    """Spectra and voice of (T,) int16.

    Raises:
        BadAudio: another type, shape or rate, or more than 30 s.
    """
    if pcm.dtype != np.int16 or pcm.ndim != 1:
        raise BadAudio(f"A sample is (T,) int16, not {pcm.shape} {pcm.dtype}.")
    if not LEAST_RATE_HZ <= rate_hz <= MOST_RATE_HZ:
        raise BadAudio(f"A sample has {LEAST_RATE_HZ} to {MOST_RATE_HZ} Hz, not {rate_hz}.")
    if pcm.size > LONGEST_WHOLE_S * rate_hz:
        raise BadAudio(f"A sample of {pcm.size / rate_hz:.1f} s is too long: cut it at pauses.")
    found = spectra(pcm, rate_hz)
    return Heard(spectra=found, voice=voice_in(found.level_db()))


def measure(pcm: NDArray[np.int16], rate_hz: int, heard: Heard | None = None) -> Measurements:
    """Measure (T,) int16, at most 30 s, at 8 to 48 kHz; about 40 ms of CPU for 5 s.

    Raises:
        BadAudio: as ``heard_in``.
    """
    heard = heard or heard_in(pcm, rate_hz)
    voiced = _voiced(pcm, rate_hz, heard.voice)
    pitch = pitch_of(pcm, rate_hz)
    return Measurements(
        seconds=pcm.size / rate_hz,
        voice_s=float(np.count_nonzero(heard.voice.spoken)) / FRAMES_PER_S,
        level_dbfs=_level_db(voiced),
        peak_dbfs=_peak_db(voiced),
        clipped_share=clipped_share(voiced),
        headroom_db=headroom_db(voiced),
        full_scale_share=at_full_scale(voiced),
        snr_db=signal_to_noise_db(heard.spectra, heard.voice) if voiced.size else WORST_DB,
        reverberation_s=reverberation_s(heard.spectra),
        bandwidth_hz=bandwidth_hz(heard.spectra, heard.voice),
        tonal_share=tonal_share(pcm, rate_hz, heard.voice),
        pitch_hz=pitch.median_hz,
        pitch_jump_semitones=pitch.jump_semitones,
    )


def _voiced(pcm: NDArray[np.int16], rate_hz: int, voice: Voice) -> NDArray[np.int16]:
    """The samples of the voiced frames, end to end."""
    hop = rate_hz // FRAMES_PER_S
    parts = [pcm[first * hop : past * hop] for first, past in voice.spans()]
    return np.concatenate(parts) if parts else pcm[:0]


def _level_db(pcm: NDArray[np.int16]) -> float:
    power = float(np.mean((pcm / 32768.0) ** 2)) if pcm.size else 0.0
    return max(SILENT_DB, float(10.0 * np.log10(max(power, 1e-12))))


def _peak_db(pcm: NDArray[np.int16]) -> float:
    peak = int(np.abs(pcm.astype(np.int32)).max()) if pcm.size else 0
    return max(SILENT_DB, float(20.0 * np.log10(max(peak / 32768.0, 1e-6))))
