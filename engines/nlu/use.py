"""Universal Sentence Encoder, multilingual v3, in numpy: a sentence to a vector of 512.

The network: embeddings (8 bit, 17 blocks, each with its scale); three branches that look at 2, 3
and 5 neighbouring pieces (projection, layer norm, two residual convolutions); layer norm; the mean
over pieces, times the square root of their number; a dense part with skips; tanh; length 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import sentencepiece
from numpy.typing import NDArray

from engines.errors import WeightsUnusable

WIDTH: Final = 512
MAX_PIECES: Final = 256
"""Longer sentences are cut: an utterance is shorter, and memory stays bounded."""

_BLOCKS: Final = 17
_BRANCH: Final = 256
_ORDERS: Final = ((2, 0), (3, 1), (5, 2))  # n-gram order, pieces to the left
_BATCH_PIECES: Final = 512

Floats = NDArray[np.float32]


class SentenceEncoder:
    """``encode(sentences) -> (N, 512) float32``, each row of length 1.

    Args:
        weights: ``nlu_use/weights.npz``.
        sp_model: ``nlu_use/sp.model``, its SentencePiece vocabulary.

    Raises:
        WeightsUnusable: a file is missing, broken or of another network.
    """

    def __init__(self, weights: Path, sp_model: Path) -> None:
        self._pieces = sentencepiece.SentencePieceProcessor()
        try:
            self._pieces.Load(str(sp_model))
        except (OSError, RuntimeError) as error:
            raise WeightsUnusable(f"{sp_model} is not a SentencePiece model: {error}") from error
        try:
            with np.load(weights, allow_pickle=False) as stored:
                self._read(stored)
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise WeightsUnusable(f"{weights} is not the sentence encoder: {error}") from error
        if self._pieces.vocab_size() > len(self._table):
            raise WeightsUnusable(f"{sp_model} has more pieces than {weights} has embeddings.")
        self._remembered = lru_cache(maxsize=32)(self._encode_one)

    def _read(self, stored: np.lib.npyio.NpzFile) -> None:
        # The table stays 8 bit (66 MB); rows are widened as they are looked up.
        first = stored["q1"]
        self._table = np.empty((_BLOCKS * len(first), WIDTH), dtype=np.uint8)
        for block in range(_BLOCKS):
            self._table[block::_BLOCKS] = stored[f"q{block + 1}"]
        self._scale: Floats = stored["scale"]
        self._low: Floats = stored["lo"]
        self._branches = [tuple(stored[f"{part}{n}"] for part in _BRANCH_PARTS) for n, _ in _ORDERS]
        self._norm = (stored["ln_g"], stored["ln_b"])
        self._mix = (stored["cnn_W"], stored["cnn_b"])
        self._dense = {name: stored[name] for name in ("d0", "d1", "d2", "d3", "p1", "p3")}
        self._eps = float(stored["eps"])
        if self._dense["d3"].shape != (WIDTH, WIDTH) or self._mix[0].shape[1] != WIDTH:
            raise ValueError("unexpected shapes")

    def encode(self, sentences: Sequence[str]) -> Floats:
        """Vectors of the sentences, (N, 512) float32; an empty sentence has one, too."""
        vectors = np.empty((len(sentences), WIDTH), dtype=np.float32)
        group: list[list[int]] = []
        done = size = 0
        for sentence in sentences:
            pieces: list[int] = self._pieces.Encode(
                sentence, out_type=int, add_bos=True, add_eos=True
            )
            if len(pieces) > MAX_PIECES:
                pieces = [*pieces[: MAX_PIECES - 1], pieces[-1]]
            if group and size + len(pieces) > _BATCH_PIECES:
                vectors[done : done + len(group)] = self._forward(group)
                done, size, group = done + len(group), 0, []
            group.append(pieces)
            size += len(pieces)
        if group:
            vectors[done:] = self._forward(group)
        return vectors

    def vector(self, sentence: str) -> Floats:
        """(512,) float32, read only; the last few are remembered (intent and emotion share it)."""
        vector: Floats = self._remembered(sentence)
        return vector

    def _encode_one(self, sentence: str) -> Floats:
        row = self.encode([sentence])[0]
        row.setflags(write=False)
        return np.asarray(row, dtype=np.float32)

    def _forward(self, group: list[list[int]]) -> Floats:
        lengths = np.array([len(pieces) for pieces in group])
        starts = np.cumsum(lengths) - lengths
        flat = np.concatenate([np.asarray(pieces) for pieces in group])
        block = flat % _BLOCKS
        # Columns: embedding | branch of 2 | branch of 3 | branch of 5.
        features = np.empty((len(flat), WIDTH + len(_ORDERS) * _BRANCH), dtype=np.float32)
        embedded = self._table[flat] * self._scale[block, None] + self._low[block, None]
        features[:, :WIDTH] = embedded
        for number, ((order, left), branch) in enumerate(zip(_ORDERS, self._branches, strict=True)):
            window = _window(starts, lengths, order, left)
            at = WIDTH + number * _BRANCH
            features[:, at : at + _BRANCH] = self._branch(embedded, window, branch)
        features = _layer_norm(features, *self._norm, self._eps)
        weight, bias = self._mix
        mixed = np.add.reduceat(features, starts, axis=0) @ weight + lengths[:, None] * bias
        mixed = (mixed / np.sqrt(lengths)[:, None]).astype(np.float32)

        dense = self._dense
        first = np.maximum(mixed @ dense["d0"], 0)
        second = np.maximum(mixed @ dense["p1"] + first @ dense["d1"], 0)
        third = np.maximum(second @ dense["d2"], 0)
        answer = np.tanh(second @ dense["p3"] + third @ dense["d3"])
        norm = np.sqrt(np.maximum(np.square(answer).sum(axis=1), self._eps))
        return np.asarray(answer / norm[:, None], dtype=np.float32)

    def _branch(
        self, embedded: Floats, window: NDArray[np.int64], parts: tuple[Floats, ...]
    ) -> Floats:
        weight, bias, gain, offset, first, first_bias, second, second_bias = parts
        hidden = _layer_norm(embedded @ weight + bias, gain, offset, self._eps)
        for kernel, kernel_bias in ((first, first_bias), (second, second_bias)):
            # The row past the end is the zero that stands outside of a sentence.
            padded = np.concatenate([hidden, np.zeros((1, _BRANCH), np.float32)])
            gathered = padded[window].reshape(len(hidden), -1)
            hidden = hidden + np.maximum(gathered @ kernel + kernel_bias, 0)
        return hidden


_BRANCH_PARTS: Final = ("proj", "proj_b", "ln_g", "ln_b", "w1_", "b1_", "w2_", "b2_")


def _window(
    starts: NDArray[np.int64], lengths: NDArray[np.int64], order: int, left: int
) -> NDArray[np.int64]:
    """(T, order): the neighbours of each piece in its own sentence, else T."""
    total = int(lengths.sum())
    at = np.arange(total)[:, None] + np.arange(-left, order - left)
    inside = at >= np.repeat(starts, lengths)[:, None]
    inside &= at < np.repeat(starts + lengths, lengths)[:, None]
    return np.where(inside, at, total)


def _layer_norm(x: Floats, gain: Floats, offset: Floats, eps: float) -> Floats:
    centred = x - x.mean(axis=1, keepdims=True)
    variance = np.square(centred).mean(axis=1, keepdims=True)
    return np.asarray(
        centred / np.sqrt(variance + np.float32(eps)) * gain + offset, dtype=np.float32
    )
