"""The heads' network in numpy: Linear, ReLU, drop-out, Linear; focal loss; Adam; temperature."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


class Recipe(msgspec.Struct, frozen=True, kw_only=True):
    """How a head is trained. ``gamma`` 0 and ``alpha`` 1 are plain cross entropy."""

    hidden: int = 512
    epochs: int = 8
    batch: int = 256
    rate: float = 1.5e-3
    weight_decay: float = 0.01
    dropout: float = 0.1
    alpha: float = 0.25
    gamma: float = 2.0
    smoothing: float = 0.0
    seed: int = 20241209


class Network:
    """``logits(x)``: (N, D) float32 to (N, C) float32."""

    def __init__(self, width: int, hidden: int, classes: int, rng: np.random.Generator) -> None:
        def xavier(rows: int, columns: int) -> Floats:
            bound = np.sqrt(6.0 / (rows + columns))
            return rng.uniform(-bound, bound, (rows, columns)).astype(np.float32)

        self.w1, self.b1 = xavier(width, hidden), np.zeros(hidden, np.float32)
        self.w2, self.b2 = xavier(hidden, classes), np.zeros(classes, np.float32)

    def parameters(self) -> list[Floats]:
        """Weights and biases, to be changed in place."""
        return [self.w1, self.b1, self.w2, self.b2]

    def logits(self, x: Floats) -> Floats:
        """(N, D) to (N, C), without drop-out."""
        hidden = np.maximum(x @ self.w1 + self.b1, 0)
        return np.asarray(hidden @ self.w2 + self.b2, dtype=np.float32)

    def gradients(
        self,
        x: Floats,
        y: Ints,
        weights: Floats,
        recipe: Recipe,
        rng: np.random.Generator,
    ) -> tuple[float, list[Floats]]:
        """Mean loss of a batch and the gradient of each parameter."""
        keep = 1.0 - recipe.dropout
        before = x @ self.w1 + self.b1
        mask = ((before > 0) & (rng.random(before.shape) < keep)).astype(np.float32) / keep
        hidden = before * mask
        loss, d_logits = focal_loss(hidden @ self.w2 + self.b2, y, weights, recipe)
        d_hidden = (d_logits @ self.w2.T) * mask
        return loss, [
            x.T @ d_hidden,
            d_hidden.sum(0),
            hidden.T @ d_logits,
            d_logits.sum(0),
        ]


def focal_loss(logits: Floats, y: Ints, weights: Floats, recipe: Recipe) -> tuple[float, Floats]:
    """Mean of ``-alpha w (1 - p)^gamma log p`` (Lin et al. 2017) and its gradient by the logits.

    Args:
        logits: (N, C).
        y: (N,) classes.
        weights: (N,) weight of each sample.
        recipe: alpha, gamma and label smoothing (the last as a share of plain cross entropy
            against the uniform distribution).
    """
    posterior = soft_max(logits)
    rows = np.arange(len(y))
    p = np.clip(posterior[rows, y], 1e-7, 1.0)
    scale = recipe.alpha * weights
    loss = -scale * (1 - p) ** recipe.gamma * np.log(p)
    slope = scale * (
        recipe.gamma * (1 - p) ** max(recipe.gamma - 1, 0) * np.log(p) - (1 - p) ** recipe.gamma / p
    )
    d_logits = -(slope * p)[:, None] * posterior
    d_logits[rows, y] += slope * p
    if recipe.smoothing:
        even = 1.0 / logits.shape[1]
        d_logits += recipe.smoothing * scale[:, None] * (posterior - even)
    return float(loss.mean()), np.asarray(d_logits / len(y), dtype=np.float32)


def soft_max(logits: Floats) -> Floats:
    """(N, C) to rows that sum to 1."""
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), dtype=np.float32)


def fit(x: Floats, y: Ints, weights: Floats, classes: int, recipe: Recipe) -> Network:
    """Train by Adam with decoupled decay and a rate that falls to zero as a cosine."""
    rng = np.random.default_rng(recipe.seed)
    network = Network(x.shape[1], recipe.hidden, classes, rng)
    parameters = network.parameters()
    first = [np.zeros_like(p) for p in parameters]
    second = [np.zeros_like(p) for p in parameters]
    steps = recipe.epochs * -(-len(x) // recipe.batch)
    step = 0
    for _ in range(recipe.epochs):
        order = rng.permutation(len(x))
        for start in range(0, len(x), recipe.batch):
            batch = order[start : start + recipe.batch]
            _, gradients = network.gradients(x[batch], y[batch], weights[batch], recipe, rng)
            step += 1
            rate = recipe.rate * 0.5 * (1 + np.cos(np.pi * step / steps))
            for p, g, m, v in zip(parameters, gradients, first, second, strict=True):
                m += 0.1 * (g - m)
                v += 0.001 * (g * g - v)
                update = (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
                p -= (rate * (update + recipe.weight_decay * (p if p.ndim > 1 else 0))).astype(
                    np.float32
                )
    return network


def calibrate(logits: Floats, y: Ints) -> float:
    """The temperature with the least negative log-likelihood, from a grid of 0.3 to 3."""
    grid = np.exp(np.linspace(np.log(0.3), np.log(3.0), 47))
    rows = np.arange(len(y))
    losses = [
        -np.log(np.clip(soft_max(logits / np.float32(t))[rows, y], 1e-9, 1)).mean() for t in grid
    ]
    return float(grid[int(np.argmin(losses))])


def save(
    path: Path,
    network: Network,
    labels: Sequence[str],
    temperature: float,
    threshold: float,
) -> None:
    """Write the file that ``engines.nlu.head.Head`` reads; weights in half precision."""
    w1, b1, w2, b2 = (p.astype(np.float16) for p in network.parameters())
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        np.savez(
            file,
            w1=w1,
            b1=b1,
            w2=w2,
            b2=b2,
            labels=np.array(labels),
            temperature=np.float32(temperature),
            threshold=np.float32(threshold),
        )
