"""Kokoro's activation, with a gradient that keeps one tensor: adaptive instance norm, then Snake.

    x̂ = (x − mean) ÷ deviation, h = (1 + γ) x̂ + β, y = h + sin²(α h) ÷ α

γ and β come from the style (X. Huang, S. Belongie, "Arbitrary style transfer in real-time with
adaptive instance normalization", ICCV 2017), α is learnt (L. Ziyin et al., "Neural networks fail
to learn periodic functions and how to fix it", NeurIPS 2020). What autograd would keep for it is
seven tensors as long as the waveform; x and three numbers a channel are enough.
"""

from __future__ import annotations

from typing import Any, Final

import torch
from torch import Tensor

EPSILON: Final = 1e-5
"""Added to the variance."""


class StyledSnake(torch.autograd.Function):  # type: ignore[misc]
    """``StyledSnake.apply(x, gain, shift, alpha)``; ``gain`` is 1 + γ.

    x: (1, C, T) float32; gain, shift: (1, C, 1), differentiable; alpha: (1, C, 1), fixed.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, gain: Tensor, shift: Tensor, alpha: Tensor) -> Tensor:
        """(1, C, T)."""
        mean = x.mean(dim=2, keepdim=True)  # var_mean takes twelve times as long
        variance = torch.einsum("bct,bct->bc", x, x)[:, :, None] / x.shape[2] - mean.square()
        scale = (variance + EPSILON).rsqrt_()
        ctx.save_for_backward(x, mean, scale, gain, shift, alpha)
        h = torch.addcmul(shift - mean * scale * gain, x, scale * gain)
        wave = (h * alpha).sin_().square_()
        return h.addcmul_(wave, alpha.reciprocal())

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        """Gradients of x, gain, shift."""
        x, mean, scale, gain, shift, alpha = ctx.saved_tensors
        normed = torch.addcmul(-mean * scale, x, scale)
        slope = torch.addcmul(shift, normed, gain).mul_(2 * alpha).sin_().add_(1)
        slope.mul_(upstream[0])
        of_shift = slope.sum(dim=2, keepdim=True)
        of_gain = torch.einsum("bct,bct->bc", slope, normed)[:, :, None]
        slope.sub_(of_shift / x.shape[2]).sub_(normed.mul_(of_gain / x.shape[2]))
        return slope.mul_(scale * gain), of_gain, of_shift, None
