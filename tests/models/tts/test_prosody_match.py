"""The prosody half whose pitch is the person's."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest

from models.tts.front_end import Features, FrontEnd
from models.tts.prosody_match import match
from models.tts.voice_packs import DECODER, VoicePacks

PITCHES = {"low": 100.0, "middle": 150.0, "high": 200.0}


class Packs:
    """Voices whose pitch stands in their prosody half."""

    def pack(self, name: str) -> np.ndarray[Any, Any]:
        return np.full((510, 1, 256), PITCHES[name], np.float32)


class Saying:
    """A front end that says a pack's pitch, with a pause in it."""

    def features(self, phonemes: str, pack: np.ndarray[Any, Any]) -> Features:
        pitch = np.full((1, 9), pack[0, 0, DECODER], np.float32)
        pitch[0, 4] = 0.0
        return Features(text=np.zeros((1, 512, 4), np.float32), pitch=pitch, energy=pitch, tokens=3)


@pytest.mark.parametrize(
    ("wanted", "reached", "voices"),
    [
        (100.0, 100.0, {"low"}),
        (125.0, 125.0, {"low", "middle"}),
        (170.0, 170.0, {"middle", "high"}),
        (151.0, 150.0, {"middle"}),
        (210.0, 210.0, {"high", "middle"}),
        (400.0, 225.0, {"high", "middle"}),
        (50.0, 75.0, {"low", "middle"}),
    ],
)
def test_the_pitch_is_reached_by_blending(wanted: float, reached: float, voices: set[str]) -> None:
    prosody = match(
        cast(FrontEnd, Saying()), cast(VoicePacks, Packs()), tuple(PITCHES), ["a", "b"], wanted
    )
    assert prosody.pitch_hz == pytest.approx(reached, rel=0.03)
    assert set(prosody.voices) <= voices
    assert prosody.half.shape == (510, 1, 128)
    assert float(prosody.half[0, 0, 0]) == pytest.approx(prosody.pitch_hz, rel=1e-5)


def test_the_pitch_is_that_of_clauses_of_ordinary_length() -> None:
    """Short clauses have rows of their own, which are higher."""

    class Higher(Packs):
        def pack(self, name: str) -> np.ndarray[Any, Any]:
            whole = super().pack(name)
            whole[:25] *= 1.1
            return whole

    prosody = match(
        cast(FrontEnd, Saying()), cast(VoicePacks, Higher()), tuple(PITCHES), ["a", "b"], 150.0
    )
    assert prosody.pitch_hz == pytest.approx(150.0, rel=1e-5)
    assert prosody.voices == ("middle",)
    assert float(prosody.half[0, 0, 0]) == pytest.approx(165.0, rel=1e-5)
    assert float(prosody.half[50, 0, 0]) == pytest.approx(150.0, rel=1e-5)
