"""Kokoro's front end on ONNX Runtime: phonemes and a voice become what the decoder speaks from.

It has no gradient and needs none: durations, pitch and energy follow the prosody half of the
style, which is chosen and not fitted. Each sentence passes through it once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import onnxruntime
from numpy.typing import NDArray

from engines.errors import WeightsUnusable
from engines.tts.kokoro_graph import KEPT_AFTER, KEPT_BEFORE
from models.tts.onnx_file import OnnxFile

_OUTPUTS: Final = (
    "/encoder/MatMul_1_output_0",
    "/encoder/Reshape_output_0",
    "/encoder/Reshape_1_output_0",
    "/encoder/Clip_output_0",
)
_PUNCTUATION: Final = frozenset(';:,.!?—…"()“” ')


class _Model(msgspec.Struct):
    vocab: dict[str, int]


class _Tokenizer(msgspec.Struct):
    model: _Model


class Features(msgspec.Struct, frozen=True, kw_only=True):
    """One sentence as the decoder takes it, F frames of 25 ms; the silence around it is cut."""

    text: NDArray[np.float32]
    """(1, 512, F)."""
    pitch: NDArray[np.float32]
    """(1, 2 F), Hz; below 10 unvoiced."""
    energy: NDArray[np.float32]
    """(1, 2 F)."""
    tokens: int
    """Which row of a voice speaks it: ``tokens − 1``."""


class FrontEnd:
    """The part of Kokoro before its decoder, of the float32 or the INT8 network.

    Args:
        folder: has ``model.onnx`` and ``tokenizer.json``.
        kept: frames of silence that are left before and behind a sentence.

    Raises:
        WeightsUnusable: a file is missing or another network's.
    """

    def __init__(
        self, folder: Path, *, kept: tuple[float, float] = (KEPT_BEFORE, KEPT_AFTER)
    ) -> None:
        self._kept = kept
        try:
            content = (folder / "tokenizer.json").read_bytes()
            self._vocabulary = msgspec.json.decode(content, type=_Tokenizer).model.vocab
        except (OSError, msgspec.MsgspecError) as error:
            raise WeightsUnusable(f"{folder} has no tokenizer: {error}.") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.log_severity_level = 3
        with OnnxFile(folder / "model.onnx") as file:
            self._session = onnxruntime.InferenceSession(
                file.until(_OUTPUTS), options, providers=["CPUExecutionProvider"]
            )

    def tokens(self, phonemes: str) -> list[str]:
        """The phonemes that the network knows."""
        return [phoneme for phoneme in phonemes if phoneme in self._vocabulary]

    def features(self, phonemes: str, pack: NDArray[np.float32]) -> Features:
        """One sentence.

        Args:
            phonemes: Kokoro's notation; what is not in its vocabulary is left out.
            pack: (510, 1, 256) float32, a voice; its prosody half decides.

        Raises:
            WeightsUnusable: none of the phonemes is in the vocabulary.
        """
        tokens = self.tokens(phonemes)
        if not tokens:
            raise WeightsUnusable(f"The tokenizer knows no phoneme of {phonemes[:20]!r}.")
        ids = [0, *(self._vocabulary[token] for token in tokens), 0]
        text, pitch, energy, durations = self._session.run(
            list(_OUTPUTS),
            {
                "input_ids": np.array([ids], dtype=np.int64),
                "style": pack[len(tokens) - 1],
                "speed": np.ones(1, dtype=np.float32),
            },
        )
        start, end = _spoken(tokens, durations.reshape(-1), self._kept)
        return Features(
            text=np.ascontiguousarray(text[:, :, start:end]),
            pitch=np.ascontiguousarray(pitch.reshape(1, -1)[:, 2 * start : 2 * end]),
            energy=np.ascontiguousarray(energy.reshape(1, -1)[:, 2 * start : 2 * end]),
            tokens=len(tokens),
        )


def _spoken(
    tokens: list[str], durations: NDArray[np.float32], kept: tuple[float, float]
) -> tuple[int, int]:
    """The frames that the vocoder runs over in use, as ``engines/tts/kokoro_graph.py`` cuts."""
    sounds = [place for place, token in enumerate(tokens) if token not in _PUNCTUATION]
    last = (sounds[-1] if sounds else 0) + 1
    before = max(float(durations[0]) - kept[0], 0.0)
    behind = max(float(durations[last:].sum()) - kept[1], 0.0)
    return int(before), int(durations.sum()) - int(behind)
