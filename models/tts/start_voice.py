"""Where a fit begins: the stock timbre that is heard nearest to the person, at their pitch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from models.tts.decoder import Decoder, style_tensor
from models.tts.ecapa import Ecapa
from models.tts.front_end import Features
from models.tts.line_filter import LineFilter
from models.tts.long_term_spectrum import LongTermSpectrum
from models.tts.references import Speaker
from models.tts.voice_packs import DECODER, VoicePacks

_SHORTLIST: Final = 6


def nearest(
    *,
    decoder: Decoder,
    ecapa: Ecapa,
    line: LineFilter,
    spectrum: LongTermSpectrum,
    weight: float,
    speaker: Speaker,
    sentences: Sequence[Features],
    stock: VoicePacks,
    on_voice: Callable[[int, int], None],
) -> str:
    """The name of the voice whose decoder half is heard nearest, all with the same prosody.

    Args:
        decoder: Kokoro's.
        ecapa: who is heard.
        line: what of 24 kHz is heard.
        spectrum: long-term spectra in the same band.
        weight: of the spectra's mean square distance, in units of (10 dB)².
        speaker: the person.
        sentences: the first is said in every voice, all in the nearest few.
        stock: the voices.
        on_voice: told how many are done, and of how many.
    """

    def distance(name: str, features: Features) -> float:
        style = style_tensor(stock.pack(name)[features.tokens - 1, :, :DECODER])
        with torch.inference_mode():
            heard = line(decoder(features, style))
            cosine = (ecapa(heard)[0] * speaker.embedding).sum()
            apart = ((spectrum(heard) - speaker.spectrum) / 10).square().mean()
            return float(1 - cosine + weight * apart)

    count = len(stock.names) + _SHORTLIST * (len(sentences) - 1)
    distances: dict[str, list[float]] = {}
    for done, name in enumerate(stock.names):
        distances[name] = [distance(name, sentences[0])]
        on_voice(done + 1, count)
    shortlist = sorted(distances, key=lambda name: distances[name][0])[:_SHORTLIST]
    done = len(stock.names)
    for features in sentences[1:]:
        for name in shortlist:
            distances[name].append(distance(name, features))
            done += 1
            on_voice(done, count)
    return min(shortlist, key=lambda name: float(np.mean(distances[name])))


Floats = NDArray[np.float32]


def start_pack(stock: VoicePacks, name: str, prosody: Floats) -> Floats:
    """(510, 1, 256) float32: the timbre of a stock voice, the prosody half that was chosen."""
    return np.concatenate([stock.pack(name)[:, :, :DECODER], prosody], axis=2)
