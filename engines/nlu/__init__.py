"""Understanding: intent and entities of an utterance."""
