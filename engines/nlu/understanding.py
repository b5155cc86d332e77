"""What understanding an utterance gives: intent and entities."""

from __future__ import annotations

import msgspec


class IntentScore(msgspec.Struct, frozen=True, kw_only=True):
    """One intent and how sure it is."""

    intent: str
    probability: float


class Entity(msgspec.Struct, frozen=True, kw_only=True):
    """One entity. ``text`` is ``utterance[start:end]``."""

    type: str
    """One of ``engines.nlu.labels.ENTITY_TYPES``."""
    text: str
    value: str
    """Normalised: digits for numbers and ids, ISO 8601 for dates and times, decimal for money."""
    start: int
    end: int


class Understanding(msgspec.Struct, frozen=True, kw_only=True):
    """What one utterance means."""

    intents: tuple[IntentScore, ...]
    """Best first; empty for an empty utterance."""
    entities: tuple[Entity, ...] = ()

    @property
    def intent(self) -> str:
        """The best intent, empty for an empty utterance."""
        return self.intents[0].intent if self.intents else ""

    @property
    def confidence(self) -> float:
        """Probability of the best intent."""
        return self.intents[0].probability if self.intents else 0.0
