"""The judges by name, for what needs no torch."""

from __future__ import annotations

from typing import Final, Literal, get_args

JudgeName = Literal["ecapa", "ge2e"]
JUDGES: Final[tuple[JudgeName, ...]] = get_args(JudgeName)
FILES: Final[dict[JudgeName, str]] = {
    "ecapa": "speaker_ecapa/embedding_model.ckpt",
    "ge2e": "speaker_ge2e/pretrained.pt",
}
"""Of their weights, among the objects of the profile ``voice``."""
