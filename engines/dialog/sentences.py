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
    """Asked for something that is none of them."""
    able_to: Wording
    """Asked what the agent can do."""
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
    okay: Wording
    """Slower, louder: in front of the reply said again."""
    start_over: Wording
    keypad_yes_no: Wording
    """1 is yes, 2 is no, 0 a human."""
    keypad_digits: Wording
    """Digits, ended by #."""
    no_keys: Wording
    """A key was pressed where none answers, or one that means nothing here."""
    closed: Wording
    """No human is there at this hour."""
    nobody_free: Wording
    """Putting through has failed too often to be tried again."""
    busy: Wording
    no_answer: Wording
    refused: Wording
    """Why the caller could not be put through; all three are followed by a question."""
    offer_callback: Wording
    """The yes or no question."""
    call_later: Wording
    """Neither a human nor a call-back can be had; then goodbye."""
    cut_off: Wording
    """Our reply did not reach the caller to its end; it is said again behind this."""
    say_again: Wording
    """The caller's own sentence was lost; nothing else is asked."""
    back_again: Wording
    """The caller was on hold; the question follows."""

    def cacheable_clauses(self) -> list[Clause]:
        """All of them, in both languages."""
        wordings: list[Wording] = [getattr(self, name) for name in self.__struct_fields__]
        wordings += [wording.short for wording in wordings if wording.short is not None]
        return constant_clauses(iter(wordings), {})
