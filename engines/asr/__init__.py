"""Recognition: an utterance to text."""
