"""Understanding an utterance: its intent and its entities."""

from __future__ import annotations

from datetime import date

from engines.nlu.entities.extract import EntityExtractor
from engines.nlu.intent import IntentClassifier
from engines.nlu.script import ScriptFolder
from engines.nlu.understanding import Understanding
from engines.nlu.use import SentenceEncoder


class Understander:
    """``understand(text, language, today) -> Understanding``.

    Args:
        encoder: the sentence encoder, shared with emotion.
        script: folds Traditional characters.
        intents: the intent head.
        entities: rules and LAC.
    """

    def __init__(
        self,
        encoder: SentenceEncoder,
        script: ScriptFolder,
        intents: IntentClassifier,
        entities: EntityExtractor,
    ) -> None:
        self._encoder = encoder
        self._script = script
        self._intents = intents
        self._entities = entities

    def understand(self, text: str, language: str, today: date) -> Understanding:
        """Intents best first and entities; nothing for an utterance without text.

        Args:
            text: as recognised.
            language: zh or en.
            today: the day of the call, for relative dates.
        """
        if not text.strip():
            return Understanding(intents=())
        vector = self._encoder.vector(self._script.fold(text))
        return Understanding(
            intents=self._intents.classify(vector),
            entities=self._entities.extract(text, language, today),
        )
