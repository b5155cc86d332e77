"""Train the text emotion head: plain cross entropy over balanced classes, then a temperature.

The class weights of the product act on the posterior, not on this loss.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engines.emotion.feeling import LABELS
from models.emotion import data as corpora
from models.emotion.data import Utterance
from models.nlu.network import Recipe, calibrate, fit, save
from models.nlu.reader import Reader

OUTPUT: Final = Path(__file__).parent / "lite" / "text.npz"
RECIPE: Final = Recipe(hidden=256, epochs=6, alpha=1.0, gamma=0.0, dropout=0.3, smoothing=0.05)
NOISY_SHARE: Final = 0.3
THRESHOLD: Final = 0.45


def sample_weights(samples: list[Utterance]) -> NDArray[np.float32]:
    """(N,) the inverse root of the class's size, mean 1."""
    counts = {label: 0 for label in LABELS}
    for sample in samples:
        counts[sample.emotion] += 1
    weights = np.array([1.0 / np.sqrt(counts[sample.emotion]) for sample in samples])
    return np.asarray(weights / weights.mean(), dtype=np.float32)


def train(reader: Reader, data: Path, output: Path = OUTPUT) -> None:
    """Write the head's weights. Two fits: one to calibrate on held-out sentences, one on all."""
    rng = np.random.default_rng(RECIPE.seed)
    train_part, held_out = corpora.generated(rng)
    train_part = corpora.with_noise(train_part, rng, NOISY_SHARE)
    train_part += corpora.comments(data, rng)
    held_out += corpora.comments(data, rng, "dev")[:1000]
    samples = train_part + held_out
    vectors = reader.vectors([sample.text for sample in samples])
    classes = np.array([LABELS.index(sample.emotion) for sample in samples])
    weights = sample_weights(samples)
    cut = len(train_part)
    first = fit(vectors[:cut], classes[:cut], weights[:cut], len(LABELS), RECIPE)
    temperature = calibrate(first.logits(vectors[cut:]), classes[cut:])
    network = fit(vectors, classes, weights, len(LABELS), RECIPE)
    save(output, network, LABELS, temperature, THRESHOLD)
