"""Emotion: what the caller feels, from what was said."""
