"""A benchmark's own state folder: the one that ``kefuctl doctor --measure`` uses."""

from daemon.ctl.own_state import own_state

__all__ = ["own_state"]
