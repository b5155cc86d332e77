"""What the training of the small heads promises: gradients, corpora kept apart, made again."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import numpy as np
import pytest

from engines.emotion.feeling import LABELS
from engines.nlu.head import Head
from engines.nlu.labels import INTENTS
from models.emotion import data as emotions
from models.emotion import train as emotion_train
from models.nlu import data as corpora
from models.nlu import fillers
from models.nlu import train as intent_train
from models.nlu.network import Network, Recipe, fit, focal_loss, save
from models.nlu.noise import as_heard
from models.nlu.statistics import auroc, wilson
from models.nlu.template import TemplateError, expand

DATA = Path(os.environ.get("KEFU_DATA", Path(__file__).parents[3] / "shared/data"))


def test_the_focal_losss_gradient_is_its_slope() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(5, 4)).astype(np.float64)
    y = np.array([0, 1, 2, 3, 1])
    weights = rng.uniform(0.5, 2, 5)
    recipe = Recipe()
    _, gradient = focal_loss(logits, y, weights, recipe)  # type: ignore[arg-type]
    for row, column in np.ndindex(5, 4):
        moved = logits.copy()
        moved[row, column] += 1e-2
        up = focal_loss(moved, y, weights, recipe)[0]  # type: ignore[arg-type]
        moved[row, column] -= 2e-2
        down = focal_loss(moved, y, weights, recipe)[0]  # type: ignore[arg-type]
        assert gradient[row, column] == pytest.approx((up - down) / 2e-2, abs=2e-4)


def test_a_network_learns_is_the_same_by_seed_and_survives_its_file(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(300, 8)).astype(np.float32)
    y = (x[:, 0] > 0).astype(np.int64) + 2 * (x[:, 1] > 0)
    weights = np.ones(300, np.float32)
    recipe = Recipe(hidden=32, epochs=150, batch=32)
    first, second = (fit(x, y, weights, 4, recipe) for _ in range(2))
    other = fit(x, y, weights, 4, msgspec.structs.replace(recipe, seed=2))
    assert (first.logits(x).argmax(1) == y).mean() > 0.95
    np.testing.assert_array_equal(first.w1, second.w1)
    assert not np.array_equal(first.w1, other.w1)
    labels = ("a", "b", "c", "d")
    save(tmp_path / "h.npz", first, labels, 1.0, 0.0)
    head = Head(tmp_path / "h.npz", labels)
    assert [int(head.posterior(row).argmax()) for row in x] == first.logits(x).argmax(1).tolist()


def test_initial_weights_are_xavier_and_biases_zero() -> None:
    network = Network(512, 512, 15, np.random.default_rng(0))
    assert np.abs(network.w1).max() <= np.sqrt(6 / 1024)
    assert not network.b1.any()
    assert not network.b2.any()


def test_every_template_expands_and_every_intent_has_some() -> None:
    rng = np.random.default_rng(0)
    for language, slots in (("zh", fillers.ZH), ("en", fillers.EN)):
        intents = {intent for intent, _ in corpora.templates(language)}
        assert intents == set(INTENTS)
        for _, template in corpora.templates(language):
            text = expand(template, slots, rng)
            assert text
            assert not set(text) & set("(){}|")


@pytest.mark.parametrize("broken", ["(a|b", "a)b", "{nobody}", "{", "a|b"])
def test_a_broken_template_is_named(broken: str) -> None:
    with pytest.raises(TemplateError):
        expand(broken, fillers.EN, np.random.default_rng(0))


def test_no_test_sentence_is_trained_on() -> None:
    rng = np.random.default_rng(intent_train.RECIPE.seed)
    train, held_out = corpora.generated(rng)
    seen = {sample.text for sample in train + held_out}
    if DATA.is_dir():
        seen |= {sample.text for sample in corpora.mapped(DATA, rng)}
    copied = [sample.text for sample in corpora.written("test") if sample.text in seen]
    # Some answers are so short that everybody says the same words.
    assert len(copied) <= 3, copied
    moods = {one.text for part in emotions.generated(rng) for one in part}
    assert not [one.text for one in emotions.written_tests() if one.text in moods]


def test_noise_keeps_digits_and_never_empties_a_sentence() -> None:
    rng = np.random.default_rng(3)
    for text, language in (("订单1024，到哪里了？", "zh"), ("Where is order 1024, please?", "en")):
        for _ in range(50):
            heard = as_heard(text, language, rng, rate=1.0)
            assert heard
            assert not set(heard) & set("，。？!,?")


def test_intervals_and_curves() -> None:
    share = wilson(91, 100)
    assert share.low == pytest.approx(0.838, abs=2e-3)
    assert share.high == pytest.approx(0.952, abs=2e-3)
    assert auroc(np.array([2.0, 3.0]), np.array([1.0, 2.0])) == pytest.approx(0.875)


@pytest.mark.parametrize(
    ("path", "labels"), [(intent_train.OUTPUT, INTENTS), (emotion_train.OUTPUT, LABELS)]
)
def test_the_committed_weights_are_those_of_the_card(path: Path, labels: tuple[str, ...]) -> None:
    Head(path, labels)
    card = (path.parents[1] / "CARD.md").read_text("utf-8")
    assert corpora.digest(path) in card
    for corpus in (path.parents[1] / "corpus").glob("*.tsv"):
        assert corpora.digest(corpus) in card, f"{corpus.name} changed after training"
