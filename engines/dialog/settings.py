"""Thresholds of the dialogue, each with its reason."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from engines.dialog.beliefs import UpdateWeights

Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class DialogueSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Section ``dialog`` of a release's settings."""

    first_language: Literal["zh", "en"] = "zh"
    """Of the greeting, where a call's language is ``auto``."""
    hear_from: Share = 0.25
    """Below this confidence of the recogniser an utterance counts as not heard."""
    follow_from: Share = 0.5
    """From this confidence on, an utterance can change the language of the answers."""
    understand_from: Share = 0.4
    """Probability that an intent needs to be acted upon."""
    agree_from: Share = 0.45
    """Confidence that a yes to a change needs: a wrong yes costs money, a wrong no a question."""
    accept_from: Annotated[float, msgspec.Meta(ge=0.0, le=2.0)] = 0.6
    """Certainty of a slot that is taken without a question."""
    check_from: Annotated[float, msgspec.Meta(ge=0.0, le=2.0)] = 0.15
    """Certainty of a slot that is asked back; below, it is asked for again."""
    angry_from: Share = 0.5
    """Confidence of the emotion ``angry`` that is answered with empathy."""
    patience: Annotated[int, msgspec.Meta(ge=1, le=10)] = 3
    """Failures in a row at one question, the last of which brings a human."""
    patience_when_angry: Annotated[int, msgspec.Meta(ge=1, le=10)] = 2
    update_weights: UpdateWeights = UpdateWeights()
