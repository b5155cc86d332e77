"""The spectrum of a person in a sentence that they never said: from where they made its sounds.

A long-term spectrum is as much of what was said as of who said it. So each frame of a synthetic
sentence looks up the frames of the recordings that sound like it to Whisper's encoder, which hears
what is said rather than who says it (as M. Baas et al., "Voice conversion with just nearest
neighbors", Interspeech 2023, do with WavLM); the mean spectrum of those stands for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from models.tts.clip import Floats
from models.tts.long_term_spectrum import LongTermSpectrum
from models.tts.sounds import LONGEST, Sounds, comparable

_NEIGHBOURS: Final = 8


class SameSounds:
    """``same_sounds(sentences)``: each as the person would colour it.

    Args:
        hear: what is said.
        recordings: (T,) float32 at 16 kHz of the person, silences cut out.
        spectrum: the bands.
    """

    def __init__(self, hear: Sounds, recordings: Floats, spectrum: LongTermSpectrum) -> None:
        self._hear, self._spectrum = hear, spectrum
        sounds, colours, spoken = self._frames(recordings)
        self._colours = colours[spoken]
        self._deviation = sounds[spoken].std(axis=0)
        self._sounds = comparable(sounds[spoken], sounds[spoken].mean(axis=0), self._deviation)

    def __call__(self, sentences: Sequence[Floats]) -> Floats:
        """(T,) float32 at 16 kHz each → (S, B) dB, each of mean 0 as ``LongTermSpectrum`` gives."""
        heard = [sounds[spoken] for sounds, _, spoken in map(self._frames, sentences)]
        mean = np.concatenate(heard).mean(axis=0)
        rows = []
        for sounds in heard:
            likeness = comparable(sounds, mean, self._deviation) @ self._sounds.T
            count = min(_NEIGHBOURS, likeness.shape[1])
            nearest = np.argpartition(-likeness, count - 1, axis=1)[:, :count]
            rows.append(self._colours[nearest].mean(axis=(0, 1)))
        return np.stack(rows).astype(np.float32)

    def _frames(self, audio: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """(F, 512) of the encoder, (F, B) dB of the bands and (F,) speech or not, every 20 ms."""
        sounds, colours, spoken = [], [], []
        for piece in np.array_split(audio, -(-audio.size // LONGEST)):
            part = np.ascontiguousarray(piece)
            heard = self._hear(part)
            frames, speech = self._spectrum.frames(torch.from_numpy(part)[None])
            count = min(len(heard), len(frames) // 2)
            sounds.append(heard[:count])
            colours.append(frames[: 2 * count : 2].numpy())
            spoken.append(speech[: 2 * count : 2].numpy())
        return np.concatenate(sounds), np.concatenate(colours), np.concatenate(spoken)
