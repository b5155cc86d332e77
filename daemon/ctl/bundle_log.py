"""A log line as it leaves the box in a support bundle: no number of five digits, no secret."""

from __future__ import annotations

import re
from typing import Final

from daemon.ctl.bundle_secrets import without_secrets
from daemon.journal import fields_in
from daemon.records.masking import mask

_DIGIT: Final = "[\\d零〇一二三四五六七八九幺两壹贰叁肆伍陆柒捌玖]"
_NUMBER: Final = re.compile(rf"{_DIGIT}(?:(?:[^\w\n*]|_){{0,3}}{_DIGIT}){{4,}}")
"""Five digits or more, with anything between them that is no letter."""
_CLOCK: Final = r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?"
# What stays wherever it stands: ids, digests, times, and the box's own address.
_KEPT: Final = re.compile(
    r"(?<![\w-])(?=[0-9]*[a-f])(?:[0-9a-f]{64}|[0-9a-f]{32})(?![\w-])"
    r"|(?<![\w+.-])20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
    rf"(?:[T ]{_CLOCK}(?:Z|[+-]\d\d:?\d\d)?)?(?![\w-])"
    rf"|(?<![\w:.+-]){_CLOCK}(?![\w:-])"
    r"|(?<![\w.])(?:127\.0\.0\.1|0\.0\.0\.0)(?::\d{1,5})?(?![\w:-]|\.\d)",
    re.ASCII,
)
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LIKE_A_CALLER: Final = re.compile(r"[1-9]\d{8}")
# What stays as the value of a field that nobody outside of the box writes.
_OURS: Final = {
    "call": re.compile(r"[0-9a-f]{32}"),
    "sha256": re.compile(r"[0-9a-f]{64}"),
    "release": re.compile(r"[a-z]+-[0-9a-f]{12}"),
    "port": re.compile(r"\d{1,5}", re.ASCII),
}
_COUNTS: Final = re.compile(r".*_(?:ms|s|hz|mb|bytes)|pid|count|frames|agent_next")
_COUNT: Final = re.compile(r"\d{1,10}(?:\.\d{1,3})?", re.ASCII)


def masked_log(text: str) -> str:
    """A log line without numbers and addresses of people and without secrets.

    Call ids, digests, times, ports and what we measured ourselves stay. Of a number that is hidden
    the last two characters stay, so that people can still tell two apart.
    """
    text = without_secrets(text)
    parts, end = [], 0
    for field in fields_in(text):
        if _is_ours(field[1], field[2]):
            parts += [_hidden(text[end : field.start(2)]), field[2]]
            end = field.end()
    return "".join([*parts, _hidden(text[end:])])


def _is_ours(key: str, value: str) -> bool:
    if key == "uuid":  # the PBX's: some make it of the caller's number
        return bool(_UUID.fullmatch(value)) and not _LIKE_A_CALLER.search(value.replace("-", ""))
    form = _COUNT if _COUNTS.fullmatch(key) else _OURS.get(key)
    return form is not None and form.fullmatch(value) is not None


def _hidden(text: str) -> str:
    parts, end = [], 0
    for kept in _KEPT.finditer(text):
        parts += [_without_numbers(text[end : kept.start()]), kept[0]]
        end = kept.end()
    return "".join([*parts, _without_numbers(text[end:])])


def _without_numbers(text: str) -> str:
    return _NUMBER.sub(lambda found: "*" * (len(found[0]) - 2) + found[0][-2:], mask(text))
