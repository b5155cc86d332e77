"""How far a voice is moved until it has the person's pitch."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pytest
import torch

from models.tts import own_pitch as module
from models.tts.clip import Floats, in_band
from models.tts.decoder import Decoder, Style
from models.tts.front_end import Features
from models.tts.own_pitch import own_pitch

PACK = np.zeros((510, 1, 256), np.float32)
SECOND = np.arange(24_000) / 24_000


def humming(features: Features, *_: Any) -> torch.Tensor:
    """Stands for the decoder: a buzz at the pitch that is foretold."""
    hertz = float(features.pitch[0, 0])
    buzz = sum(np.sin(2 * np.pi * hertz * k * SECOND) / k for k in range(1, 12))
    return torch.from_numpy(np.asarray(buzz, np.float32) * (hertz > 0))[None]


def sentence(hertz: float) -> Features:
    curve = np.full((1, 80), hertz, np.float32)
    return Features(text=np.zeros((1, 512, 40), np.float32), pitch=curve, energy=curve, tokens=9)


@pytest.mark.parametrize(
    ("own", "person", "reached"),
    [
        (200.0, 200.0, 200.0),
        (200.0, 220.0, 220.0),
        (120.0, 110.0, 110.0),
        (120.0, 240.0, 120.0 * 2**0.2),
        (240.0, 80.0, 240.0 * 2**-0.2),
    ],
)
def test_it_is_moved_as_far_as_a_person_may_be_from_all_voices(
    own: float, person: float, reached: float
) -> None:
    decoder = cast(Decoder, humming)
    found = own_pitch([sentence(own)] * 2, decoder, PACK, person, 8000)
    assert found.hz == pytest.approx(reached, rel=0.01)
    again = own_pitch([found.moved(sentence(own))], decoder, PACK, reached, 8000)
    assert again.octaves == pytest.approx(0.0, abs=0.02)


def test_a_clause_is_heard_in_the_row_of_its_length_as_wide_as_the_person(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = []

    def heard(features: Features, style: Style) -> torch.Tensor:
        rows.append(float(style.row[0, 0]))
        return humming(features)

    pack = PACK.copy()
    pack[8, 0, 0] = 0.5
    bands = []

    def narrowed(audio: Floats, rate_hz: int, band_hz: int) -> Floats:
        bands.append(band_hz)
        return in_band(audio, rate_hz, band_hz)

    monkeypatch.setattr(module, "in_band", narrowed)
    found = own_pitch([sentence(150.0)], cast(Decoder, heard), pack, 150.0, 4000)
    assert (rows, bands) == ([0.5], [4000])
    assert found.octaves == pytest.approx(0.0, abs=0.02)


def test_where_no_pitch_is_heard_nothing_is_moved() -> None:
    assert own_pitch([sentence(0.0)], cast(Decoder, humming), PACK, 200.0, 8000).octaves == 0.0
