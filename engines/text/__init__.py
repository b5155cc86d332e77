"""Text: how it is written, said and pronounced."""
