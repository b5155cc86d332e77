"""Train the intent head: sentences to vectors, focal loss with class weights, temperature."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.nlu.labels import GROUP_OF, INTENTS
from models.nlu import data as corpora
from models.nlu.network import Recipe, calibrate, fit, save
from models.nlu.reader import Reader
from models.nlu.sample import Sample

OUTPUT: Final = Path(__file__).parent / "lite" / "intent.npz"
RECIPE: Final = Recipe(epochs=6)
CLASS_WEIGHTS: Final = {
    "query": 1.0,
    "complaint": 2.0,
    "suggestion": 1.5,
    "booking": 1.2,
    "other": 0.8,
}
"""By group; they multiply the loss."""
BY_HAND: Final = 8.0
"""Whole sentences teach more than templates and other people's domains: found on held-out ones."""
NOISY_SHARE: Final = 0.5
THRESHOLD: Final = 0.3


def sample_weights(samples: list[Sample]) -> NDArray[np.float32]:
    """(N,) class weight, times ``BY_HAND``, over the class's total, mean 1."""
    shares = np.array([BY_HAND if sample.by_hand else 1.0 for sample in samples])
    classes = np.array([INTENTS.index(sample.intent) for sample in samples])
    totals = np.bincount(classes, weights=shares, minlength=len(INTENTS))
    of_class = np.array([CLASS_WEIGHTS[GROUP_OF[intent]] for intent in INTENTS])
    weights = shares * of_class[classes] / totals[classes]
    return np.asarray(weights / weights.mean(), dtype=np.float32)


def train(reader: Reader, data: Path, output: Path = OUTPUT) -> None:
    """Write the head's weights. Two fits: one to calibrate on held-out templates, one on all."""
    rng = np.random.default_rng(RECIPE.seed)
    train_part, held_out = corpora.generated(rng)
    train_part += corpora.mapped(data, rng)
    train_part = corpora.with_noise(train_part, rng, NOISY_SHARE)
    held_out = corpora.with_noise(held_out, rng, NOISY_SHARE)
    vectors = reader.vectors([sample.text for sample in train_part + held_out])
    classes = np.array([INTENTS.index(sample.intent) for sample in train_part + held_out])
    weights = sample_weights(train_part + held_out)
    cut = len(train_part)
    first = fit(vectors[:cut], classes[:cut], weights[:cut], len(INTENTS), RECIPE)
    temperature = calibrate(first.logits(vectors[cut:]), classes[cut:])
    network = fit(vectors, classes, weights, len(INTENTS), RECIPE)
    save(output, network, INTENTS, temperature, THRESHOLD)
