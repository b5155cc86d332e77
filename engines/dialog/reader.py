"""Rules for a caller who reads aloud: taken, to be read again and why, skipped, stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from engines.dialog import aloud
from engines.dialog.draft import Clauses, Draft
from engines.dialog.moves import Heard, Move
from engines.dialog.progress import advance
from engines.dialog.reading_wishes import wish_in
from engines.samples.sentences import COUNT, sentences

OTHER_TEXT: Final = "other_text"
UNFINISHED: Final = "unfinished"
TOO_EARLY: Final = "too_early"
"""Faults that the dialogue finds itself; all others come with ``Heard.faults``."""


def hear(draft: Draft, heard: Heard, folded: str) -> Move:
    """What was read, or said instead of it. Intents and entities count for nothing here.

    Args:
        draft: at a step that reads.
        heard: the words, and what is wrong with their sound.
        folded: the words in Simplified characters.
    """
    step = draft.step
    asked = aloud.asked_at(step, draft.language, draft.memory.results)
    error = aloud.error_rate(asked, folded)
    wish, number = wish_in(folded) if error > aloud.MOST_WRONG else ("", 0)
    if wish == "jump":
        return _jump(draft, number)
    if wish:
        return wants(draft, wish)
    faults = list(dict.fromkeys(heard.faults))
    if error > aloud.MOST_WRONG:
        unfinished = aloud.is_unfinished(asked, folded)
        # Of a text that is not the one to read, the words are what is to be mended first.
        faults.insert(0, UNFINISHED if unfinished else OTHER_TEXT)
    elif heard.question_missed:
        faults.insert(0, TOO_EARLY)
    if faults:
        return _refuse(draft, faults)
    return _take(draft)


def wants(draft: Draft, wish: str) -> Move:
    """What a reader said or keyed instead of reading."""
    return _WANTS[wish](draft)


def _take(draft: Draft) -> Move:
    reader, step = draft.memory.reader, draft.step
    if step == aloud.CONSENT:
        reader.consented = True
    else:
        number = aloud.number_of(step)
        reader.taken = [*(one for one in reader.taken if one != number), number]
        reader.told = True  # how it goes
    reader.last = step
    draft.because(f"{step[5:].capitalize()} was taken.")
    words = draft.scenario.reading
    return advance(draft, draft.words(words.taken) if words is not None else ())


def _refuse(draft: Draft, faults: list[str]) -> Move:
    reader, step, words = draft.memory.reader, draft.step, draft.scenario.reading
    reader.last, reader.told = "", step != aloud.CONSENT
    draft.because(f"{step[5:].capitalize()} was not taken: {', '.join(faults)}.")
    known = words.faults if words is not None else {}
    wording = next((known[fault] for fault in faults if fault in known), None)
    if wording is None and words is not None:
        wording = words.not_taken
    told = draft.words(wording) if wording is not None else ()
    if step != aloud.CONSENT and draft.asked.get(step, 0) >= draft.patience(step):
        return _leave(draft, told)
    return draft.pose(step, "ask_slot_again", told)


def _leave(draft: Draft, told: Clauses) -> Move:
    """Go on with another sentence."""
    reader, words = draft.memory.reader, draft.scenario.reading
    reader.left = [*reader.left, aloud.number_of(draft.step)]
    reader.last, reader.told = "", True
    skipped = draft.words(words.skipped) if words is not None else ()
    return advance(draft, (*told, *skipped), "abandon_change")


def _again(draft: Draft) -> Move:
    """What was taken last is read again; where nothing was, the present sentence."""
    reader = draft.memory.reader
    if not reader.last:
        return draft.pose(draft.step, "ask_slot_again", counts=False)
    step, reader.last = reader.last, ""
    draft.because(f"{step[5:].capitalize()} is taken back.")
    if step == aloud.CONSENT:
        reader.consented = False
    else:
        number = aloud.number_of(step)
        reader.taken = [one for one in reader.taken if one != number]
    draft.asked.pop(step, None)
    return draft.pose(step, aloud.UNDONE)


def _skip(draft: Draft) -> Move:
    if draft.step == aloud.CONSENT:  # without it nothing goes on
        return draft.pose(draft.step, "ask_slot_again")
    draft.because("The caller skips it.")
    return _leave(draft, ())


def _stop(draft: Draft) -> Move:
    draft.because("The caller goes on another time.")
    return draft.stop_reading()


def _list(draft: Draft) -> Move:
    """By the list, or by ear again: the key does either."""
    words = draft.scenario.reading
    if draft.memory.reader.by_list:
        return _aloud(draft)
    draft.memory.reader.by_list = draft.memory.reader.told = True
    told = draft.words(words.by_list) if words is not None else ()
    return draft.pose(draft.step, "set_expectation", told, counts=False)


def _aloud(draft: Draft) -> Move:
    draft.memory.reader.by_list = False
    return draft.pose(draft.step, "set_expectation", counts=False)


def _repeat(draft: Draft) -> Move:
    return draft.pose(draft.step, "repeat_reply", counts=False)


def _jump(draft: Draft, number: int) -> Move:
    """From that sentence on: those before it were read in an earlier call."""
    reader = draft.memory.reader
    available = min(COUNT, len(sentences(draft.language)))
    if draft.step == aloud.CONSENT or not 0 < number <= available:
        return draft.pose(draft.step, "ask_slot_again", counts=False)
    draft.because(f"The caller goes to sentence {number}.")
    reader.done = sorted({*reader.done, *range(1, number)} - {number})
    reader.taken = [one for one in reader.taken if one != number]
    reader.left = [one for one in reader.left if one != number]
    reader.last, reader.told = "", True
    return draft.pose(aloud.step_of(number), "set_expectation")


_WANTS: Final[dict[str, Callable[[Draft], Move]]] = {
    "again": _again,
    "repeat": _repeat,
    "skip": _skip,
    "stop": _stop,
    "list": _list,
    "aloud": _aloud,
}
