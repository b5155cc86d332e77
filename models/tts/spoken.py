"""Voices on the run-time network: the sentences as callers would hear them."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from engines.text.normalise import Language
from engines.text.reader import Reader
from engines.tts.finish import finish
from engines.tts.guard import troubles
from engines.tts.kokoro import RATE_HZ, Kokoro
from models.tts.clip import Floats, in_band, speech_only
from models.tts.judge_sentences import FOR_LIKENESS, PIECES

_PATIENCE_S: Final = 3600.0
"""With the reader, which stands still whenever this process does: calls come first."""
_PAUSE: Final = np.zeros(RATE_HZ * 12 // 100, np.int16)


class Spoken(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence."""

    pcm: NDArray[np.int16]
    """(T,) int16, 24 kHz; empty where there was nothing to hear."""
    took_s: float
    """Of one core, whatever else it did meanwhile."""
    failures: tuple[str, ...] = ()
    """What the guard has against its pieces."""

    @property
    def seconds(self) -> float:
        """Of speech."""
        return float(self.pcm.size) / RATE_HZ


class Voices:
    """The INT8 network of a release with packs from anywhere; use it with ``with``.

    Args:
        release: folder of the objects of ``lite``.
        packs: files of voices, by the name under which they speak here.

    Raises:
        WeightsUnusable: a file is missing or broken.
        ReaderFailed: the child that reads texts did not start.
    """

    def __init__(self, release: Path, packs: Mapping[str, Path]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="kefu-voices-")
        self._reader = Reader(start_s=_PATIENCE_S, answer_s=_PATIENCE_S)
        try:
            folder = Path(self._folder.name)
            for name in ("model.onnx", "tokenizer.json"):
                (folder / name).symlink_to((release / "tts_kokoro" / name).resolve())
            (folder / "voices").mkdir()
            for name, file in packs.items():
                (folder / "voices" / f"{name}.bin").symlink_to(file.resolve())
            self._kokoro = Kokoro(folder, threads=1)
            self._reader.wait_ready()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Voices:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the reader and remove the links."""
        self._reader.close()
        self._folder.cleanup()

    def say(self, text: str, language: Language, voice: str) -> Spoken:
        """One sentence, at the voice's own speed.

        Raises:
            UnreadableText, SpeakerMissing, ReaderFailed: as ``Reader.phonemes``.
        """
        parts: list[NDArray[np.int16]] = []
        failures = []
        pieces = self._reader.phonemes(text, language)
        began = time.process_time()
        for piece, phonemes in pieces:
            waveform = self._kokoro.speak(phonemes, voice, 1.0)
            met = troubles(waveform.samples, RATE_HZ, text=piece, tokens=waveform.tokens)
            failures += [f"{one.code}: {one.detail}" for one in met]
            if not any(one.code in ("broken", "silent") for one in met):
                part = finish(waveform.coloured, RATE_HZ)
                parts += [_PAUSE, part] if parts else [part]
        return Spoken(
            pcm=np.concatenate(parts) if parts else np.zeros(0, np.int16),
            took_s=time.process_time() - began,
            failures=tuple(failures),
        )


def heard_in_pieces(
    sentences: Sequence[Spoken], band_hz: int, pieces: int = PIECES
) -> list[Floats]:
    """(T,) float32 at 16 kHz each: what judges hear of the first sentences.

    Args:
        sentences: at least ``pieces`` × ``FOR_LIKENESS``.
        band_hz: that the person's recordings have, whom they are compared with.
        pieces: how many.

    Raises:
        BadAudio: a piece is silence.
    """
    return [
        _one_piece(sentences[start : start + FOR_LIKENESS], band_hz)
        for start in range(0, pieces * FOR_LIKENESS, FOR_LIKENESS)
    ]


def _one_piece(sentences: Sequence[Spoken], band_hz: int) -> Floats:
    pcm = np.concatenate([one.pcm for one in sentences])
    audio = np.asarray(pcm.astype(np.float32) / 32768.0)
    return speech_only(in_band(audio, RATE_HZ, band_hz))
