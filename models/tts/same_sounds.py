"""The spectrum of a person in a sentence that they never said: from where they made its sounds.

A long-term spectrum is as much of what was said as of who said it. So each frame of a synthetic
sentence looks up the frames of the recordings that sound like it to Whisper's encoder, which hears
what is said rather than who says it (as M. Baas et al., "Voice conversion with just nearest
neighbors", Interspeech 2023, do with WavLM); the mean spectrum of those stands for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from engines._core import log_mel
from engines.backend.ctranslate2 import StorageView, open_whisper
from models.tts.clip import RATE_HZ, Floats
from models.tts.long_term_spectrum import LongTermSpectrum

_HOP: Final = 320
"""Samples of a frame of the encoder: 20 ms."""
_LONGEST: Final = 28 * RATE_HZ
_MARGIN: Final = 2 * RATE_HZ
"""Silence behind: less of it disturbs the encoder."""
_BANDS: Final = 80
_NEIGHBOURS: Final = 8


class SameSounds:
    """``same_sounds(sentences)``: each as the person would colour it.

    Args:
        release: folder of the objects of ``lite``: ``asr_whisper``.
        recordings: (T,) float32 at 16 kHz of the person, silences cut out.
        spectrum: the bands.

    Raises:
        WeightsUnusable: a file is missing or broken.
    """

    def __init__(self, release: Path, recordings: Floats, spectrum: LongTermSpectrum) -> None:
        self._whisper = open_whisper(
            release / "asr_whisper", threads=1, compute_type="int8_float32"
        )
        self._spectrum = spectrum
        sounds, colours, spoken = self._frames(recordings)
        self._colours = colours[spoken]
        self._mean, self._deviation = sounds[spoken].mean(axis=0), sounds[spoken].std(axis=0)
        self._sounds = self._unit(sounds[spoken], self._mean)

    def __call__(self, sentences: Sequence[Floats]) -> Floats:
        """(T,) float32 at 16 kHz each → (S, B) dB, each of mean 0 as ``LongTermSpectrum`` gives."""
        heard = [sounds[spoken] for sounds, _, spoken in map(self._frames, sentences)]
        mean = np.concatenate(heard).mean(axis=0)
        rows = []
        for sounds in heard:
            likeness = self._unit(sounds, mean) @ self._sounds.T
            count = min(_NEIGHBOURS, likeness.shape[1])
            nearest = np.argpartition(-likeness, count - 1, axis=1)[:, :count]
            rows.append(self._colours[nearest].mean(axis=(0, 1)))
        return np.stack(rows).astype(np.float32)

    def _frames(self, audio: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """(F, 512) of the encoder, (F, B) dB of the bands and (F,) speech or not, every 20 ms."""
        sounds, colours, spoken = [], [], []
        for piece in np.array_split(audio, -(-audio.size // _LONGEST)):
            part = np.ascontiguousarray(piece)
            mel = log_mel(np.pad(part, (0, _MARGIN)).astype(np.float32), _BANDS)
            mel = np.ascontiguousarray(mel[None, :, : mel.shape[1] // 2 * 2])
            encoded = self._whisper.encode(StorageView.from_array(mel), to_cpu=True)
            frames, speech = self._spectrum.frames(torch.from_numpy(part)[None])
            count = min(part.size // _HOP, len(frames) // 2)
            sounds.append(np.asarray(encoded)[0, :count].astype(np.float32))
            colours.append(frames[: 2 * count : 2].numpy())
            spoken.append(speech[: 2 * count : 2].numpy())
        return np.concatenate(sounds), np.concatenate(colours), np.concatenate(spoken)

    def _unit(self, sounds: Floats, mean: Floats) -> Floats:
        whitened = (sounds - mean) / (self._deviation + 1e-6)
        return np.asarray(whitened / np.linalg.norm(whitened, axis=1, keepdims=True))
