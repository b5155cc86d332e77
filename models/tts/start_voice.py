"""Where a fit begins: the stock timbre that is heard nearest to the person, at their pitch."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from models.tts.aim import Aim
from models.tts.decoder import Decoder, style_tensor
from models.tts.front_end import Features
from models.tts.line_filter import LineFilter
from models.tts.references import Speaker
from models.tts.voice_packs import DECODER, SHAPE, VoicePacks

Floats = NDArray[np.float32]

_HEARD: Final = 12
"""Voices that are nearest in the table are heard at the person's pitch, …"""
_HEARD_AGAIN: Final = 4
"""… and the nearest of those in every sentence."""


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
    decoder: Decoder,
    aim: Aim,
    line: LineFilter,
    sentences: Sequence[Features],
    stock: VoicePacks,
    names: Sequence[str],
    on_voice: Callable[[int, int], None],
) -> str:
    """The name of the voice whose decoder half is heard nearest, all with the same prosody.

    Args:
        decoder: Kokoro's.
        aim: how far speech is from the person.
        line: what of 24 kHz is heard.
        sentences: the first is said in every voice, all in the nearest few.
        stock: the packs.
        names: of the voices that come into question.
        on_voice: told how many are done, and of how many.
    """

    def distance(name: str, features: Features) -> float:
        style = style_tensor(stock.timbre(name))
        with torch.inference_mode():
            return float(aim(line(decoder(features, style))))

    count = len(names) + min(_HEARD_AGAIN, len(names)) * (len(sentences) - 1)
    distances: dict[str, list[float]] = {}
    for done, name in enumerate(names):
        distances[name] = [distance(name, sentences[0])]
        on_voice(done + 1, count)
    shortlist = sorted(distances, key=lambda name: distances[name][0])[:_HEARD_AGAIN]
    done = len(names)
    for features in sentences[1:]:
        for name in shortlist:
            distances[name].append(distance(name, features))
            done += 1
            on_voice(done, count)
    return min(shortlist, key=lambda name: float(np.mean(distances[name])))


def start_pack(stock: VoicePacks, name: str, prosody: Floats) -> Floats:
    """(510, 1, 256) float32: one timbre for clauses of all lengths, the prosody that was chosen."""
    timbre = np.broadcast_to(stock.timbre(name), (SHAPE[0], 1, DECODER))
    return np.ascontiguousarray(np.concatenate([timbre, prosody], axis=2), dtype=np.float32)
