"""The sentences that belong to no single scenario: greeting aside, what every call needs."""

from __future__ import annotations

import msgspec

from engines.dialog.moves import Clause
from engines.dialog.scenario import Wording, constant_clauses


class Sentences(msgspec.Struct, frozen=True, kw_only=True):
    """Read from ``common.yaml``; none of them has a placeholder."""

    invitation: Wording
    """After the greeting of a call whose language is not known, in the other language."""
    how_help: Wording
    go_on: Wording
    """The caller greets, or says yes without saying what."""
    anything_else: Wording
    welcome: Wording
    """The caller thanks."""
    not_heard: Wording
    still_there: Wording
    abilities: Wording
    empathy: Wording
    needs_human: Wording
    """What was asked for is done by people only."""
    offer_human: Wording
    """The yes or no question."""
    stay: Wording
    """The caller declined to be transferred."""
    suggestion: Wording
    gave_up: Wording
    """After too many failures, before ``transfer``."""
    failed: Wording
    """The business system gave no usable answer, before ``transfer``."""
    transfer: Wording
    goodbye: Wording

    def cacheable_clauses(self) -> list[Clause]:
        """All of them, in both languages."""
        wordings: list[Wording] = [getattr(self, name) for name in self.__struct_fields__]
        return constant_clauses(iter(wordings), {})
