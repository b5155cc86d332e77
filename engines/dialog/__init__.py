"""Dialogue: what to ask, what to look up and what to say, as a pure state machine."""
