"""The life of a call in the worker: hearing, turn taking, thinking, speaking, and its record."""
