"""The CRF kernel against pytorch-crf."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torchcrf import CRF

from engines._core import Crf

SHAPES = [(1, 1, 1), (2, 5, 3), (16, 64, 23), (1, 20, 23), (3, 17, 59)]


def both(tags: int, seed: int, scale: float = 1.0) -> tuple[CRF, Crf]:
    torch.manual_seed(seed)
    theirs = CRF(tags, batch_first=True)
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.normal_(0, scale)
    tables = (theirs.transitions, theirs.start_transitions, theirs.end_transitions)
    return theirs, Crf(*(table.detach().numpy() for table in tables))


def masked(batch: int, steps: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    lengths = torch.randint(1, steps + 1, (batch,), generator=generator)
    return lengths, torch.arange(steps)[None] < lengths[:, None]


@pytest.mark.parametrize(("batch", "steps", "tags"), SHAPES)
@pytest.mark.parametrize("scale", [0.1, 3.0])
def test_paths_and_likelihoods(batch: int, steps: int, tags: int, scale: float) -> None:
    theirs, ours = both(tags, batch, scale)
    emissions = torch.randn(batch, steps, tags) * 2
    lengths, mask = masked(batch, steps, batch)
    path, _ = ours.viterbi(emissions.numpy(), lengths.numpy())
    best = theirs.decode(emissions, mask)
    for row, length, expected in zip(path, lengths, best, strict=True):
        assert row[:length].tolist() == expected
    tags_given = torch.randint(0, tags, (batch, steps))
    likelihood = ours.log_likelihood(
        emissions.numpy(), tags_given.numpy().astype(np.int32), lengths.numpy()
    )
    single = theirs(emissions, tags_given, mask, reduction="none").detach().numpy()
    in_double = theirs.double()(emissions.double(), tags_given, mask, reduction="none")
    np.testing.assert_allclose(likelihood, in_double.detach().numpy(), atol=1e-4, rtol=1e-6)
    np.testing.assert_allclose(likelihood, single, atol=1e-4, rtol=1e-5)


def test_marginals_are_the_gradients_of_the_sum() -> None:
    theirs, ours = both(23, 1)
    theirs = theirs.double()
    emissions = torch.randn(4, 30, 23)
    lengths, mask = masked(4, 30, 1)
    grown = emissions.double().requires_grad_()
    path = torch.zeros(4, 30, dtype=torch.long)
    likelihood = theirs(grown, path, mask, reduction="sum")
    likelihood.backward()
    assert grown.grad is not None
    # d ln p(path) / d emission = [tag on the path] - marginal
    expected = torch.nn.functional.one_hot(path, 23) * mask[:, :, None] - grown.grad
    marginals = ours.marginals(emissions.numpy(), lengths.numpy())
    np.testing.assert_allclose(marginals, expected.numpy(), atol=1e-5)


def test_forbidden_transitions() -> None:
    theirs = CRF(5, batch_first=True)
    with torch.no_grad():
        theirs.transitions[0, 2] = theirs.transitions[1, 4] = -1e4
        theirs.start_transitions[2] = -1e4
    tables = (theirs.transitions, theirs.start_transitions, theirs.end_transitions)
    ours = Crf(*(table.detach().numpy() for table in tables))
    emissions = torch.randn(8, 40, 5) * 4
    assert ours.viterbi(emissions.numpy())[0].tolist() == theirs.decode(emissions)
    path = torch.randint(0, 2, (8, 40))
    likelihood = ours.log_likelihood(emissions.numpy(), path.numpy().astype(np.int32))
    expected = theirs.double()(emissions.double(), path, reduction="none").detach().numpy()
    np.testing.assert_allclose(likelihood, expected, atol=1e-4, rtol=1e-6)
