"""Releases: what a worker serves, written down in one canonical file and checked before use."""
