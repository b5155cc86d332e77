"""Pitches that are known, through a telephone: how far off, how often an octave or more."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

from engines._core import ProsodyMeter, g711_decode, g711_encode

RATE: Final = 8000
SECONDS: Final = 0.6
PITCHES_HZ: Final = np.geomspace(77.0, 490.0, 24)
FORMANTS_HZ: Final = {
    "a": (730.0, 1090.0, 2440.0),
    "i": (270.0, 2290.0, 3010.0),
    "u": (300.0, 870.0, 2240.0),
}
"""G. E. Peterson and H. L. Barney, "Control methods used in a study of the vowels", 1952."""

Wave = NDArray[np.float64]


def voice(pitch_hz: Wave, tilt: float, *, formants_hz: tuple[float, ...] = ()) -> Wave:
    """Harmonics 1/k^tilt up to 3.8 kHz, raised about the formants. ``pitch_hz``: (T,)."""
    turn = 2 * np.pi * np.cumsum(pitch_hz) / RATE
    phases = np.random.default_rng(int(pitch_hz[0])).uniform(0, 2 * np.pi, 60)
    wave = np.zeros(pitch_hz.size)
    for k in range(1, int(3800 / pitch_hz.max()) + 1):
        gain = k**-tilt
        for formant in formants_hz:
            gain *= 1.0 + 8.0 / (1.0 + ((k * pitch_hz.mean() - formant) / 90.0) ** 2)
        wave += gain * np.sin(k * turn + phases[k])
    return np.asarray(wave / np.sqrt(np.mean(np.square(wave))))


def over_the_line(wave: Wave, *, noise_db: float, band: bool) -> NDArray[np.int16]:
    """Band-pass of 300 to 3400 Hz where asked, noise so far below the voice, μ-law."""
    if band:
        spectrum = np.fft.rfft(wave)
        hz = np.fft.rfftfreq(wave.size, 1 / RATE)
        wave = np.fft.irfft(spectrum / (1 + (300 / np.maximum(hz, 1)) ** 8), wave.size)
        wave /= np.sqrt(np.mean(np.square(wave)))
    noise = np.random.default_rng(0).normal(0.0, 10 ** (-noise_db / 20), wave.size)
    pcm = np.clip(3000 * (wave + noise), -32768, 32767).astype(np.int16)
    return np.frombuffer(g711_decode(g711_encode(pcm, "ulaw"), "ulaw"), np.int16)


def pitches(hz: float, jitter: float, glide: float) -> Wave:
    """(T,) Hz: each period off by ``jitter`` of itself, ``glide`` octaves a second."""
    at = np.arange(int(SECONDS * RATE)) / RATE
    periods = np.floor(at * hz).astype(int)
    off = np.random.default_rng(3).normal(0.0, jitter, periods[-1] + 1)[periods]
    return np.asarray(hz * 2.0 ** (glide * (at - SECONDS / 2)) * (1.0 + off))


CONDITIONS: Final = [
    # name, tilt, vowel, noise dB, band, jitter, glide; then at most: share that is more than 20 %
    # off, median and 95th percentile of the others' error
    ("a buzz", 1.0, "", 60.0, False, 0.0, 0.0, 0.0, 0.0005, 0.002),
    ("without its fundamental", 1.0, "", 60.0, True, 0.0, 0.0, 0.0, 0.0005, 0.002),
    ("in noise", 1.0, "", 20.0, True, 0.0, 0.0, 0.0, 0.001, 0.003),
    ("all harmonics alike", 0.0, "", 20.0, True, 0.0, 0.0, 0.0, 0.002, 0.005),
    ("jitter of 1 %", 1.0, "", 20.0, True, 0.01, 0.0, 0.002, 0.004, 0.012),
    ("an octave a second", 1.0, "", 20.0, True, 0.0, 1.0, 0.02, 0.001, 0.003),
    ("ah", 1.0, "a", 20.0, True, 0.005, 0.3, 0.005, 0.003, 0.008),
    ("ee", 1.0, "i", 20.0, True, 0.005, 0.3, 0.005, 0.003, 0.008),
    ("oo", 1.0, "u", 20.0, True, 0.005, 0.3, 0.005, 0.003, 0.008),
    ("in much noise", 1.0, "", 10.0, True, 0.0, 0.0, 0.02, 0.002, 0.006),
]


@pytest.mark.parametrize(
    ("tilt", "vowel", "noise_db", "band", "jitter", "glide", "gross", "median", "most"),
    [row[1:] for row in CONDITIONS],
    ids=[row[0] for row in CONDITIONS],
)
def test_known_pitches(
    tilt: float,
    vowel: str,
    noise_db: float,
    band: bool,
    jitter: float,
    glide: float,
    gross: float,
    median: float,
    most: float,
) -> None:
    far, errors, unvoiced, frames = 0, [], 0, 0
    for hz in PITCHES_HZ:
        truth = pitches(float(hz), jitter, glide)
        wave = voice(truth, tilt, formants_hz=FORMANTS_HZ.get(vowel, ()))
        meter = ProsodyMeter(RATE)
        meter.push(over_the_line(wave, noise_db=noise_db, band=band))
        found = meter.contour()[0][2:-2]
        expected = np.array(
            [truth[160 * i : 160 * i + 320].mean() for i in range(2, 2 + found.size)]
        )
        voiced = found > 0
        off = np.abs(found[voiced] / expected[voiced] - 1.0)
        frames, unvoiced = frames + found.size, unvoiced + int((~voiced).sum())
        far += int((off > 0.2).sum())
        errors += off[off <= 0.2].tolist()
    print(
        f"gross {far / frames:.4f}, unvoiced {unvoiced / frames:.4f}, "
        f"median {np.median(errors):.5f}, p95 {np.quantile(errors, 0.95):.5f}"
    )
    assert unvoiced / frames <= 0.03
    assert far / frames <= gross
    assert np.median(errors) <= median
    assert np.quantile(errors, 0.95) <= most
