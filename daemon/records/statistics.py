"""What calls amount to: containment, transfers, abandonment, times. docs/records.md defines each.

Pure but for the local time zone, by whose days calls are grouped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Final, Literal

import msgspec

from daemon.records.quantile import quantile
from daemon.records.wait import wait_ms
from kefu.records import CallSummary, Turn

By = Literal["", "day", "language", "scenario", "release"]
Ending = Literal["open", "transferred", "abandoned", "completed", "failed", "other"]

UNDERSTOOD_NOT: Final = "ask_clarification"
"""The dialogue act that says that nothing was understood."""
HELP_OFFERED: Final = frozenset({"offer_human", "ask_keypad", "transfer_human"})
"""Acts that follow the last patience with a caller who is silent or not understood …"""
ASKED_SILENT: Final = HELP_OFFERED | {"check_presence", "hang_up_silent"}
"""… or silent in the first place."""
_NO_INTENT: Final = frozenset({"", "out_of_scope"})
_OWN_CAUSES: Final = frozenset({"", "normal", "completed", "transferred"})


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """A group of calls. Rates are shares from 0 to 1; None: nothing to make it from."""

    group: str
    """The day, language, scenario or release; ``all`` where calls are not grouped."""
    calls: int
    """Ended calls; all rates of calls are shares of these."""
    open: int
    """Without an end: they live, or the gateway was killed under them. Counted nowhere else."""
    containment_rate: float | None
    transfer_rate: float | None
    abandonment_rate: float | None
    completion_rate: float | None
    failure_rate: float | None
    transfer_reasons: dict[str, int]
    """Of all transfers that were asked for, also of those that failed."""
    transfers_failed: int
    """A human was asked for, and none took the call."""
    failures: dict[str, int]
    """Causes of failed calls."""
    handling_p50_s: float | None
    handling_p95_s: float | None
    wait_p50_ms: float | None
    wait_p95_ms: float | None
    no_match_rate: float | None
    no_input_rate: float | None
    utterances: int
    """What ``no_match_rate`` is a share of."""
    prompts: int
    """What ``no_input_rate`` is a share of."""


def statistics(calls: Iterable[tuple[CallSummary, list[Turn]]], by: By = "") -> list[Statistics]:
    """The calls, all in one group or by ``by``; groups in the order of their names."""
    groups: dict[str, _Group] = {}
    for summary, turns in calls:
        name = group_of(summary, by)
        groups.setdefault(name, _Group()).add(summary, turns)
    if not groups and not by:
        groups["all"] = _Group()
    return [groups[name].statistics(name) for name in sorted(groups)]


def group_of(summary: CallSummary, by: By) -> str:
    """The name of a call's group."""
    if by == "day":
        try:
            opened = datetime.fromisoformat(summary.opened_at)
        except ValueError:
            return ""
        return opened.astimezone().date().isoformat()
    return str(getattr(summary, by)) if by else "all"


def ending(summary: CallSummary) -> Ending:
    """How a call ended; each call has one ending."""
    if not summary.cause:
        return "open"
    if (
        summary.outcome == "transferred"
        or summary.cause == "transferred"
        or summary.transfer_result == "ok"
    ):
        return "transferred"
    if summary.cause not in _OWN_CAUSES:
        return "failed"
    if summary.outcome in ("abandoned", "completed"):
        return "abandoned" if summary.outcome == "abandoned" else "completed"
    return "other"


def is_utterance(turn: Turn) -> bool:
    """The caller said something that was taken for speech."""
    return turn.number > 0 and turn.action != "ignore" and bool(turn.heard or turn.dropped)


def is_no_match(turn: Turn) -> bool:
    """He said something, and we could make nothing of it."""
    if not is_utterance(turn):
        return False
    helped = turn.action in HELP_OFFERED and turn.intent in _NO_INTENT
    return bool(turn.dropped) or turn.action == UNDERSTOOD_NOT or helped


def is_no_input(turn: Turn) -> bool:
    """He neither said nor pressed anything, and we asked whether he is there or offered help."""
    answered = turn.heard or turn.dropped or turn.keys or turn.ledger.voice_start_ms is not None
    return turn.number > 0 and not answered and turn.action in ASKED_SILENT


class _Group:
    """What is gathered of a group's calls."""

    def __init__(self) -> None:
        self._endings: Counter[Ending] = Counter()
        self._reasons: Counter[str] = Counter()
        self._failures: Counter[str] = Counter()
        self._transfers_failed = 0
        self._handling_s: list[float] = []
        self._waits_ms: list[float] = []
        self._utterances = self._no_match = self._keyed = self._no_input = 0

    def add(self, summary: CallSummary, turns: list[Turn]) -> None:
        """Count a call."""
        how = ending(summary)
        self._endings[how] += 1
        if how == "open":
            return
        self._handling_s.append(summary.duration_ms / 1000)
        if summary.transfer_reason:
            self._reasons[summary.transfer_reason] += 1
            self._transfers_failed += how != "transferred"
        if how == "failed":
            self._failures[summary.cause] += 1
        for turn in turns:
            self._utterances += is_utterance(turn)
            self._no_match += is_no_match(turn)
            self._keyed += bool(turn.keys)
            self._no_input += is_no_input(turn)
            wait = wait_ms(turn.ledger)
            if wait is not None:
                self._waits_ms.append(wait)

    def statistics(self, name: str) -> Statistics:
        """What was gathered, as figures."""
        calls = self._endings.total() - self._endings["open"]
        prompts = self._utterances + self._keyed + self._no_input
        return Statistics(
            group=name,
            calls=calls,
            open=self._endings["open"],
            containment_rate=_share(calls - self._endings["transferred"], calls),
            transfer_rate=_share(self._endings["transferred"], calls),
            abandonment_rate=_share(self._endings["abandoned"], calls),
            completion_rate=_share(self._endings["completed"], calls),
            failure_rate=_share(self._endings["failed"], calls),
            transfer_reasons=dict(self._reasons.most_common()),
            transfers_failed=self._transfers_failed,
            failures=dict(self._failures.most_common()),
            handling_p50_s=_quantile(self._handling_s, 0.50),
            handling_p95_s=_quantile(self._handling_s, 0.95),
            wait_p50_ms=_quantile(self._waits_ms, 0.50),
            wait_p95_ms=_quantile(self._waits_ms, 0.95),
            no_match_rate=_share(self._no_match, self._utterances),
            no_input_rate=_share(self._no_input, prompts),
            utterances=self._utterances,
            prompts=prompts,
        )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _quantile(values: list[float], share: float) -> float | None:
    found = quantile(values, share)
    return None if found is None else round(found, 1)
