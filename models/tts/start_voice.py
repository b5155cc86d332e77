"""Where a fit begins: the stock timbre that says what the person said most as they did."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from models.tts.decoder import style_of
from models.tts.references import Speaker
from models.tts.style_fit import Distance
from models.tts.voice_packs import DECODER, SHAPE, VoicePacks

Floats = NDArray[np.float32]

_HEARD: Final = 8
"""Voices that are nearest in the table are heard in …"""
_PASSAGES: Final = 3
"""… as many passages, from all over the recordings."""


def candidates(
    table: Path, language: str, band_hz: int, speaker: Speaker, names: Sequence[str]
) -> tuple[str, ...]:
    """The voices that sound nearest as they are; all, where there is no table of how they sound.

    Args:
        table: ``stock_voices.npz``, made by ``models.tts.stock_voices``.
        language: that the voice will speak.
        band_hz: of the recordings.
        speaker: the person.
        names: of the voices there are.
    """
    band = 4000 if band_hz <= 4000 else 8000
    try:
        with np.load(table, allow_pickle=False) as found:
            known = [str(name) for name in found["names"]]
            heard = found[f"{language}_{band}_ecapa"].astype(np.float32)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return tuple(names)
    cosines = heard @ speaker.embedding.numpy()
    ranked = [known[place] for place in np.argsort(-cosines) if known[place] in names]
    return tuple(ranked[:_HEARD]) or tuple(names)


def nearest(
    *,
    distance: Distance,
    stock: VoicePacks,
    names: Sequence[str],
    on_voice: Callable[[int, int], None],
) -> str:
    """The name of the voice whose decoder half is heard nearest in the person's own words.

    Args:
        distance: to the person.
        stock: the packs.
        names: of the voices that come into question.
        on_voice: told how many are done, and of how many.
    """
    distances: dict[str, float] = {}
    count = len(distance.passages)
    places = np.unique(np.linspace(0, count - 1, _PASSAGES).astype(int)).tolist()
    for done, name in enumerate(names):
        with torch.inference_mode():
            distances[name] = float(distance(style_of(stock.timbre(name)), places))
        on_voice(done + 1, len(names))
    return min(distances, key=lambda name: distances[name])


def start_pack(stock: VoicePacks, name: str, prosody: Floats) -> Floats:
    """(510, 1, 256) float32: one timbre for clauses of all lengths, the prosody that was chosen."""
    timbre = np.broadcast_to(stock.timbre(name), (SHAPE[0], 1, DECODER))
    return np.ascontiguousarray(np.concatenate([timbre, prosody], axis=2), dtype=np.float32)
