"""What a person said, as the decoder would say it: their words, timing, pitch and loudness.

A stock voice says what was recorded, and each moment of the recording is given what the decoder
got for that moment of the words. Said so in another style, only the timbre is left to differ: the
one way to compare a voice with a person sound by sound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec
import numpy as np
import torch

from engines.errors import BadAudio
from engines.text.normalise import Language
from engines.text.reader_child import Phonemes
from engines.tts.equaliser import mel_spaced
from kefu.errors import KefuError
from models.tts.alignment import aligned
from models.tts.clip import RATE_HZ, Floats, at_rate
from models.tts.decoder import RATE_HZ as SPOKEN_HZ
from models.tts.decoder import Decoder, spoken_in_row
from models.tts.front_end import Features, FrontEnd
from models.tts.line_filter import LineFilter
from models.tts.long_term_spectrum import triangles
from models.tts.pitch_contour import pitch_contour
from models.tts.sounds import HOP as SOUND
from models.tts.sounds import Sounds, comparable

FRAME: Final = RATE_HZ // 40
"""Samples of a frame of the decoder: 25 ms."""
LENGTH: Final = 44
"""Frames of a passage."""
LEAST: Final = 3
_HEARD_S: Final = 30.0
"""Of the recordings: more of them brings no more steps."""
_CLIP_S: Final = (1.2, 14.0)
_MOST_TOKENS: Final = 500
"""A voice has 510 rows; 14 s of quick Mandarin are some 400."""
_UNLIKE: Final = 1.4
"""A clip that fits its words so much worse than the others is not of these words, …"""
_OTHER_WORDS: Final = 0.5
"""… nor is one that costs so much: good ones, clean or spontaneous, cost 0.1 to 0.36."""
_LOUD: Final = 95
_SPEECH: Final = 6.0
"""Below the loudest, in natural logarithms of amplitude."""
_MEL_BANDS, _MEL_FFT, _MEL_HOP, _MEL_WINDOW = 80, 2048, 300, 1200


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """A second of a recording."""

    features: Features
    """What the decoder says it from, ``LENGTH`` frames."""
    audio: Floats
    """(T,) float32 at 16 kHz: as the person said it."""


class Retelling:
    """Finds the passages of recordings.

    Args:
        front_end: says from what the decoder speaks a text.
        decoder: Kokoro's.
        line: what of 24 kHz is heard.
        sounds: what is said in a recording, frame by frame.
        pack: (510, 1, 256) float32, the voice that says the words for comparison.
        reader: of texts.
    """

    def __init__(
        self,
        *,
        front_end: FrontEnd,
        decoder: Decoder,
        line: LineFilter,
        sounds: Sounds,
        pack: Floats,
        reader: Phonemes,
    ) -> None:
        self._front_end, self._decoder, self._line = front_end, decoder, line
        self._sounds, self._pack, self._reader = sounds, pack, reader
        self._energies = _Energies()

    def passages(
        self,
        clips: Sequence[tuple[Floats, str]],
        language: Language,
        hear: Callable[[Floats], str],
        on_clip: Callable[[int, int], None],
    ) -> list[Passage]:
        """Up to half a minute of the recordings, in passages of about a second.

        Args:
            clips: (T,) float32 at 16 kHz each, silences cut out, and what is said in it; "": not
                known.
            language: that is spoken in them.
            hear: what is said in a clip where that is not known.
            on_clip: told how many are done, and of how many.

        Raises:
            BadAudio: the clips are too short, or hardly anything in them was understood.
        """
        chosen = _chosen(clips)
        if not chosen:
            raise BadAudio(
                f"No recording has {_CLIP_S[0]} s of speech without a pause.",
                mend="Record whole sentences.",
            )
        sounds = [self._sounds(clip) for clip, _ in chosen]
        deviation = np.concatenate(sounds).std(axis=0)
        told: list[tuple[float, Floats, Features]] = []
        for done, (clip, known) in enumerate(chosen):
            on_clip(done, len(chosen))
            text = known or hear(clip)
            try:
                spoken = " ".join(part for _, part in self._reader.of(text, language))
            except KefuError:  # what a recogniser makes of a noise need not be readable
                continue
            if 0 < len(self._front_end.tokens(spoken)) <= _MOST_TOKENS:
                told.append(self._retold(clip, sounds[done], spoken, deviation))
        usual = float(np.median([cost for cost, _, _ in told])) if told else 0.0
        found = [
            passage
            for cost, clip, features in told
            if cost <= min(_UNLIKE * usual, _OTHER_WORDS)
            for passage in _cut(clip, features)
        ]
        if len(found) < LEAST:
            raise BadAudio(
                "Hardly anything that is said in the recordings was understood.",
                mend="Record whole sentences, in the language of the voice.",
            )
        return found

    def _retold(
        self, clip: Floats, sounds: Floats, phonemes: str, deviation: Floats
    ) -> tuple[float, Floats, Features]:
        """How unlike clip and words are, and the clip as the decoder would say it."""
        features = self._front_end.features(phonemes, self._pack)
        spoken = spoken_in_row(self._decoder, features, self._pack)
        heard = self._line(spoken)[0].numpy()
        frames, others = (
            comparable(one, one.mean(axis=0), deviation)
            for one in (sounds, self._sounds(np.ascontiguousarray(heard)))
        )
        places, cost = aligned(frames, others)
        count = clip.size // FRAME
        # From the middles of frames of 25 ms to frames of 20 ms, and back on the other side.
        middles = (np.arange(count) + 0.5) * FRAME / SOUND - 0.5
        there = np.interp(middles, np.arange(len(places)), places)
        source = np.rint((there + 0.5) * SOUND / FRAME - 0.5).astype(int)
        source = np.clip(source, 0, features.text.shape[2] - 1)
        energy = self._energies.said(clip, spoken[0].numpy(), features)
        return (
            cost,
            clip[: count * FRAME],
            Features(
                text=np.ascontiguousarray(features.text[:, :, source]),
                pitch=pitch_contour(clip)[None, : 2 * count],
                energy=energy[None, : 2 * count],
                tokens=features.tokens,
            ),
        )


class _Energies:
    """Kokoro's energy curve: the logarithm of a mel spectrum's norm (as StyleTTS 2 measures it)."""

    def __init__(self) -> None:
        edges_hz = mel_spaced(0.0, SPOKEN_HZ / 2, _MEL_BANDS + 2)
        self._filters = triangles(edges_hz, _MEL_FFT, SPOKEN_HZ)
        self._window = torch.hann_window(_MEL_WINDOW)

    def said(self, clip: Floats, spoken: Floats, features: Features) -> Floats:
        """(2 F,) float32: the clip's energy in the terms of what the network foretold.

        What is measured of the voice that says the same words, at 24 kHz, shows how the network's
        curve follows from a measured one.
        """
        own, other = self._curve(at_rate(clip, RATE_HZ, SPOKEN_HZ)), self._curve(spoken)
        foretold = features.energy[0]
        count = min(other.size, foretold.size)
        speech = other[:count] > np.percentile(other[:count], _LOUD) - _SPEECH
        slope, offset = np.polyfit(other[:count][speech], foretold[:count][speech], 1)
        louder = np.percentile(other, _LOUD) - np.percentile(own, _LOUD)
        return np.asarray(slope * (own + louder) + offset, dtype=np.float32)

    def _curve(self, audio: Floats) -> Floats:
        spectrum = torch.stft(
            torch.from_numpy(np.ascontiguousarray(audio)),
            _MEL_FFT,
            _MEL_HOP,
            _MEL_WINDOW,
            window=self._window,
            return_complex=True,
        )
        mel = self._filters @ (spectrum.real.square() + spectrum.imag.square())
        return np.asarray((mel + 1e-5).norm(dim=0).log().numpy())


def _chosen(clips: Sequence[tuple[Floats, str]]) -> list[tuple[Floats, str]]:
    """As much of them as is heard; of a clip that was cut it is not known where its text was."""
    least, most = (int(seconds * RATE_HZ) for seconds in _CLIP_S)
    chosen, left = [], int(_HEARD_S * RATE_HZ)
    for whole, text in clips:
        parts = np.array_split(whole, max(1, -(-whole.size // most)))
        for clip in parts:
            if clip.size >= least and left > 0:
                chosen.append((np.ascontiguousarray(clip), text if len(parts) == 1 else ""))
                left -= clip.size
    return chosen


def _cut(clip: Floats, features: Features) -> Iterator[Passage]:
    """Passages of a clip, evenly spread over it; of a short one only its start."""
    frames = features.text.shape[2]
    for start in np.linspace(0, frames - LENGTH, frames // LENGTH).astype(int):
        end = start + LENGTH
        yield Passage(
            features=Features(
                text=np.ascontiguousarray(features.text[:, :, start:end]),
                pitch=np.ascontiguousarray(features.pitch[:, 2 * start : 2 * end]),
                energy=np.ascontiguousarray(features.energy[:, 2 * start : 2 * end]),
                tokens=features.tokens,
            ),
            audio=np.ascontiguousarray(clip[start * FRAME : end * FRAME]),
        )
