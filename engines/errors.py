"""Errors of the engines that a person can meet."""

from __future__ import annotations

from kefu.errors import KefuError


class WeightsUnusable(KefuError):
    """A weights file is missing, broken or of another network than its name says."""

    code = "weights_unusable"
    mend = "Run `kefuctl pull` to fetch and verify the weights."
