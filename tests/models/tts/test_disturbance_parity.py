"""What a speaker network hears of a fit: another line each time, the same again for a seed."""

from __future__ import annotations

import numpy as np
import torch

from models.tts.disturbance import disturbed


def speech() -> torch.Tensor:
    return torch.sin(torch.arange(16_000) * 0.2)[None].requires_grad_()


def test_a_seed_gives_one_line() -> None:
    first, again, other = (disturbed(speech(), np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.allclose(first, other, atol=0.05)


def test_the_gradient_reaches_the_speech() -> None:
    audio = speech()
    disturbed(audio, np.random.default_rng(1)).square().sum().backward()
    assert audio.grad is not None
    assert float(audio.grad.abs().max()) > 0


def test_the_channel_is_another_each_time() -> None:
    audio = torch.from_numpy(np.random.default_rng(0).standard_normal((1, 16_000))).float()

    def tilt_db(seed: int) -> float:
        power = torch.fft.rfft(disturbed(audio, np.random.default_rng(seed))).abs().square()[0]
        low, high = power[:2000].mean(), power[-2000:].mean()
        return float(10 * torch.log10(high / low))

    tilts = [tilt_db(seed) for seed in range(30)]
    assert 1.5 < np.std(tilts) < 7.0


def test_speech_stays_louder_than_the_noise() -> None:
    audio = speech().detach()
    for seed in range(20):
        heard = disturbed(audio, np.random.default_rng(seed))
        likeness = torch.nn.functional.cosine_similarity(heard, audio).item()
        assert likeness > 0.9, seed
