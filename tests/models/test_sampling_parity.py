"""Sampling keeps what the logits processors of Hugging Face transformers keep."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import (
    LogitsProcessorList,
    RepetitionPenaltyLogitsProcessor,
    TemperatureLogitsWarper,
    TopKLogitsWarper,
    TopPLogitsWarper,
)

from engines._core import sampling_probabilities


@pytest.mark.parametrize("temperature", [0.8, 1.7])
@pytest.mark.parametrize("top_k", [1, 50, 400])
@pytest.mark.parametrize("top_p", [0.3, 0.9])
@pytest.mark.parametrize("penalty", [1.2, 0.8])
def test_what_is_kept(temperature: float, top_k: int, top_p: float, penalty: float) -> None:
    generator = torch.Generator().manual_seed(top_k)
    logits = torch.randn(8, 1000, generator=generator) * 4
    history = torch.randint(0, 1000, (8, 30), generator=generator)
    steps = LogitsProcessorList(
        [
            RepetitionPenaltyLogitsProcessor(penalty),
            TemperatureLogitsWarper(temperature),
            TopKLogitsWarper(top_k),
            TopPLogitsWarper(top_p),
        ]
    )
    expected = steps(history, logits.clone()).softmax(-1).numpy()
    ours = sampling_probabilities(
        logits.numpy(),
        history=history.numpy().astype(np.int32),
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        repetition_penalty=penalty,
    )
    np.testing.assert_array_equal(ours > 0, expected > 0)
    np.testing.assert_allclose(ours, expected, atol=2e-6)
