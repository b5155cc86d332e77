"""Entities of an utterance: rules for what has a grammar, LAC for names and places in Chinese."""
