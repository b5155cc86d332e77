"""Training and evaluation of the emotion of a text and a voice."""
