"""Whether a value that was heard or keyed can be right for its slot."""

from __future__ import annotations

import re
from typing import Final

from engines.dialog import moments
from engines.dialog.scenario import Slot, Spoken

_PHONE_ZH: Final = re.compile(
    r"(?:\+?86)?1[3-9]\d{9}|0\d{9,11}|[48]00\d{7}|\+(?!86)\d{7,15}", re.ASCII
)
_RUN: Final = re.compile(r"(\d)\1{2,}")
_PHONE_EN: Final = re.compile(r"\+?\d{7,15}", re.ASCII)


def fit_slot(slot: Slot, value: str, known: str, language: Spoken) -> str:
    """The value as it is kept; empty where it cannot be right.

    Args:
        slot: whose value it is.
        value: as heard or keyed.
        known: what was believed until now: it completes an end of a number, or half of a time.
        language: of the call: what a telephone number looks like.
    """
    if slot.takes == "phone":
        pattern = _PHONE_ZH if language == "zh" else _PHONE_EN
        return value if pattern.fullmatch(value) else ""
    if slot.takes == "moment":
        return moments.merge(known, value)
    return fit(value, slot.format, known)


def fit(value: str, form: str, known: str) -> str:
    """The value where it is written as ``form`` says; its end, completed from the known value.

    Args:
        value: as heard.
        form: ``A`` stands for a letter, ``0`` for a digit; empty: anything fits.
        known: the value that was believed until now.
    """
    if not value or not form or _fits(value, form):
        return value
    end = len(value)
    if _fits(known, form) and end < len(form) and _fits(value, form[-end:]):
        missing = len(form) - end
        if "A" not in form[missing:]:  # a run of digits is what people shorten an id to
            return known[:missing] + value
    return ""


def digits_fit(digits: str, form: str) -> bool:
    """Whether keyed digits are all the digits of ``form``, and its letters stand in front."""
    tail = form.lstrip("A")
    return bool(tail) and tail != form and _fits(digits, tail)


def _fits(value: str, form: str) -> bool:
    classes = {"A": str.isalpha, "0": str.isdigit}
    return len(value) == len(form) and all(
        character.isascii() and (classes[mark](character) if mark in classes else character == mark)
        for character, mark in zip(value, form, strict=True)
    )


def without_repeat(value: str) -> str:
    """The number with one digit less, where only one of its digits stands three times in a row.

    Recognisers miscount what is repeated (1365555 becomes 13655555). Empty: nothing, or more than
    one digit, is repeated so often.
    """
    runs = [match for match in _RUN.finditer(value)]
    if len(runs) != 1:
        return ""
    return value[: runs[0].start()] + value[runs[0].start() + 1 :]
