"""Recordings for a personal voice: measured, judged, and the sentences that are read for them."""
