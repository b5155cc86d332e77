"""Reads what listeners sent back: files from anywhere, so nothing in them is believed unread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from daemon.voices.listening.trials import Id, Key, Trial
from engines.samples.refusal import Refusal

MOST_BYTES: Final = 1 << 20
_MOST_ANSWERS: Final = 5_000
Count = Annotated[int, msgspec.Meta(ge=0, le=100_000)]
_ASK_AGAIN: Final = "Ask the listener for the file that the page downloaded."


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a listener said to one trial."""

    trial: Id
    rating: Annotated[int, msgspec.Meta(ge=1, le=5)] | None = None
    """ITU-T P.800: 5 excellent … 1 bad."""
    same: Literal["yes", "no", "unsure"] | None = None
    confidence: Annotated[int, msgspec.Meta(ge=1, le=3)] | None = None
    """1 a guess … 3 certain."""
    plays: Annotated[tuple[Count, ...], msgspec.Meta(min_length=1, max_length=2)]
    """How often each clip was heard to its end."""
    took_ms: Annotated[int, msgspec.Meta(ge=0, le=10**10)]


class Results(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One listener's file."""

    format: Literal["kefu-listening-results/1"]
    page: Id
    listener: Id
    language: Literal["zh-Hans", "zh-Hant", "en"]
    started_at: Annotated[str, msgspec.Meta(max_length=40)]
    finished_at: Annotated[str, msgspec.Meta(max_length=40)]
    answers: Annotated[tuple[Answer, ...], msgspec.Meta(max_length=_MOST_ANSWERS)]


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A file that does not count."""

    file: str
    refusal: Refusal


def read_all(files: Iterable[Path], key: Key) -> tuple[list[tuple[str, Results]], list[Refused]]:
    """The files that answer this page, each with its name, and those that do not."""
    taken: list[tuple[str, Results]] = []
    refused: list[Refused] = []
    seen: dict[str, str] = {}
    for path in files:
        found = read(path, key)
        if isinstance(found, Results) and found.listener in seen:
            found = Refusal(
                code="doubled_listener",
                reason=f"The listener {found.listener[:8]} is in {seen[found.listener]} already.",
                mend="Keep one of the two files.",
            )
        if isinstance(found, Refusal):
            refused.append(Refused(file=path.name, refusal=found))
            continue
        seen[found.listener] = path.name
        taken.append((path.name, found))
    return taken, refused


def read(path: Path, key: Key) -> Results | Refusal:
    """One file, or why it does not count."""
    try:
        if path.exists() and not path.is_file():
            return _damaged("it is no ordinary file")
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as reason:
        return _damaged(f"it cannot be read: {reason.strerror}")
    if len(content) > MOST_BYTES:
        return Refusal(
            code="too_large",
            reason=f"It has more than {MOST_BYTES >> 20} MiB; results have some kilobytes.",
            mend=_ASK_AGAIN,
        )
    try:
        results = msgspec.json.decode(content, type=Results)
    except (ValueError, RecursionError) as reason:
        return _damaged(str(reason)[:200])
    if results.page != key.page:
        return Refusal(
            code="other_page",
            reason=f"It answers the page {results.page[:8]}, not {key.page[:8]}.",
            mend="Name the key of that page.",
        )
    wrong = _misfit(results.answers, {trial.id: trial for trial in key.trials})
    return _damaged(wrong) if wrong else results


def _misfit(answers: Sequence[Answer], trials: dict[str, Trial]) -> str:
    """What in the answers cannot be of this page; empty: nothing."""
    seen: set[str] = set()
    for answer in answers:
        trial = trials.get(answer.trial)
        if trial is None:
            return f"there is no trial {answer.trial}"
        if answer.trial in seen:
            return f"the trial {answer.trial} is answered twice"
        seen.add(answer.trial)
        quality = trial.kind == "quality"
        if (answer.rating is None) == quality or (answer.same is None) != quality:
            return f"the answer to {answer.trial} is one to another question"
        if len(answer.plays) != len(trial.clips):
            return f"{len(answer.plays)} of {len(trial.clips)} clips of {answer.trial} are counted"
        sure = answer.same in ("yes", "no")
        if (answer.confidence is not None) != sure:
            return f"the confidence in {answer.trial} does not fit its answer"
    return ""


def _damaged(what: str) -> Refusal:
    return Refusal(code="damaged", reason=f"It is no file of results: {what}.", mend=_ASK_AGAIN)
