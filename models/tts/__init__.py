"""Personal voices: a style of Kokoro fitted to a speaker, and how it is judged."""
