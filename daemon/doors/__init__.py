"""Doors: processes that speak a PBX's own protocol, each an ordinary client of kefu/1."""
