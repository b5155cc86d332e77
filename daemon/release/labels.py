"""Digests of the label lists that weights are trained for; a release and the code must agree."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from engines.emotion.feeling import LABELS
from engines.nlu.labels import ENTITY_TYPES, INTENTS


def current() -> dict[str, str]:
    """SHA-256 of each list of this code, one label a line."""
    return {
        "emotions": _digest(LABELS),
        "entities": _digest(ENTITY_TYPES),
        "intents": _digest(INTENTS),
    }


def _digest(labels: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(labels).encode()).hexdigest()
