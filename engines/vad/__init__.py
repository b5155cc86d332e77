"""Voice activity: which audio has voice in it."""
