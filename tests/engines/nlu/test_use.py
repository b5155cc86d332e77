"""The sentence encoder against the published network, and against hostile text and files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engines.errors import WeightsUnusable
from engines.nlu.use import WIDTH, SentenceEncoder

GOLDEN = Path(__file__).parents[2] / "golden/nlu/use_onnx.npz"


def test_vectors_are_those_of_the_published_onnx_network(encoder: SentenceEncoder) -> None:
    # That network quantises activations as it runs, which is the difference that is left.
    with np.load(GOLDEN, allow_pickle=False) as golden:
        sentences = [str(sentence) for sentence in golden["sentences"]]
        expected = golden["vectors"].astype(np.float32)
    likeness = (encoder.encode(sentences) * expected).sum(axis=1)
    assert likeness.min() > 0.975
    assert likeness.mean() > 0.99


def test_meaning_is_nearer_than_words_and_crosses_languages(encoder: SentenceEncoder) -> None:
    ours, theirs, other = encoder.encode(
        ["我想把这个退了，钱还给我", "I want to return this and get my money back", "我想买这个"]
    )
    assert ours @ theirs > ours @ other


def test_a_sentence_has_the_same_vector_alone_and_in_company(encoder: SentenceEncoder) -> None:
    company = ["好", "where is my order", "", "嗯" * 400, "第二句话"]
    together = encoder.encode(company)
    alone = np.concatenate([encoder.encode([sentence]) for sentence in company])
    np.testing.assert_allclose(together, alone, atol=2e-5)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1.0, atol=1e-5)


def test_no_sentences_give_no_vectors(encoder: SentenceEncoder) -> None:
    assert encoder.encode([]).shape == (0, WIDTH)


def test_a_remembered_vector_cannot_be_changed(encoder: SentenceEncoder) -> None:
    vector = encoder.vector("hello")
    with pytest.raises(ValueError, match="read-only"):
        vector[0] = 1.0


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(text=st.text(max_size=300))
def test_any_text_has_a_vector(encoder: SentenceEncoder, text: str) -> None:
    vector = encoder.encode([text])
    assert vector.shape == (1, WIDTH)
    assert np.isfinite(vector).all()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"\x00" * 4096, b"\x80\x04."])
def test_broken_weights_are_a_typed_error(tmp_path: Path, content: bytes) -> None:
    broken = tmp_path / "weights.npz"
    broken.write_bytes(content)
    with pytest.raises(WeightsUnusable):
        SentenceEncoder(broken, broken)


def test_foreign_arrays_are_a_typed_error(tmp_path: Path, weights: object) -> None:
    foreign = tmp_path / "weights.npz"
    np.savez(foreign, q1=np.zeros((4, WIDTH), np.uint8))
    with pytest.raises(WeightsUnusable, match="not the sentence encoder"):
        SentenceEncoder(foreign, weights.path("nlu_use/sp.model"))  # type: ignore[attr-defined]
