"""Makes clauses out of wordings: dates and money as they are written in each language."""

from __future__ import annotations

import datetime
import re
from typing import Final

from msgspec.structs import replace

from engines.dialog.moments import moment_of
from engines.dialog.moves import Clause
from engines.dialog.scenario import PLACEHOLDER, Spoken, ValueKind, Wording, fill

MAX_VALUE_CHARACTERS: Final = 80

_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_HALVES: Final = ((5, "凌晨"), (12, "上午"), (13, "中午"), (18, "下午"), (24, "晚上"))
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}", re.ASCII)
_MARKUP: Final = re.compile(r"[<>{}\\]|https?:")
"""No business system has a reason to have this read out to a caller."""
_CURRENCIES: Final[dict[str, dict[Spoken, str]]] = {
    "CNY": {"zh": "{}元", "en": "¥{}"},
    "TWD": {"zh": "新台币{}元", "en": "{} Taiwan dollars"},
    "USD": {"zh": "{}美元", "en": "${}"},
}


class NotSayable(Exception):
    """A value is missing, or not of the kind that the scenario declares."""


def render(
    wording: Wording,
    language: Spoken,
    kinds: dict[str, ValueKind],
    values: dict[str, str],
    *,
    short: bool = False,
) -> tuple[Clause, ...]:
    """The clauses of a wording with its values in place.

    Args:
        wording: what to say.
        language: in which language.
        kinds: how each value is said.
        values: by name.
        short: say its short form, where it has one.

    Raises:
        NotSayable: a value is missing or unusable; nothing of the wording may then be said.
    """
    if short and wording.short is not None:
        wording = wording.short
    clauses = []
    for template in wording.of(language):
        names = PLACEHOLDER.findall(template)
        said = {name: say(values.get(name, ""), language, kinds[name], name) for name in names}
        constant = all(kinds[name].kind == "words" for name in names)
        clauses.append(Clause(text=fill(template, said), language=language, cacheable=constant))
    return tuple(clauses)


def render_notice(wording: Wording, language: Spoken) -> tuple[Clause, ...]:
    """The clauses that tell of recording, marked as such. Raises NotSayable."""
    return tuple(replace(clause, notice=True) for clause in render(wording, language, {}, {}))


def say(value: str, language: Spoken, kind: ValueKind, name: str = "value") -> str:
    """One value as written in a reply. Raises NotSayable."""
    if not value or len(value) > MAX_VALUE_CHARACTERS:
        raise NotSayable(f"{name} is {'too long' if value else 'missing'}")
    if kind.kind == "words":
        if value not in kind.words:
            raise NotSayable(f"{name} has a value that the scenario does not list")
        return kind.words[value][language]
    if kind.kind == "date":
        return _date(value, language, name)
    if kind.kind == "moment":
        return _moment(value, language, name)
    if kind.kind == "id" and not _ID.fullmatch(value):
        raise NotSayable(f"{name} is no number of letters and digits")
    if not value.isprintable() or (kind.kind == "text" and _MARKUP.search(value)):
        raise NotSayable(f"{name} is not text that can be said")
    if kind.kind == "money":
        return _money(value, language, name)
    return value


def _date(value: str, language: Spoken, name: str) -> str:
    try:
        day = datetime.date.fromisoformat(value)
    except ValueError as error:
        raise NotSayable(f"{name} is not a date of ISO 8601") from error
    if language == "zh":
        return f"{day.month}月{day.day}日"
    return f"{_MONTHS[day.month - 1]} {day.day}"


def _moment(value: str, language: Spoken, name: str) -> str:
    moment = moment_of(value)
    if moment is None:
        raise NotSayable(f"{name} is not a day and a time of ISO 8601")
    day = _date(value[:10], language, name)
    hour = moment.hour % 12 or 12
    if language == "zh":
        half = next(word for until, word in _HALVES if moment.hour < until)
        return f"{day}{half}{hour}点" + (f"{moment.minute}分" if moment.minute else "")
    minutes = f":{moment.minute:02d}" if moment.minute else ""
    return f"{day} at {hour}{minutes} {'am' if moment.hour < 12 else 'pm'}"


def _money(value: str, language: Spoken, name: str) -> str:
    match = re.fullmatch(r"(\d{1,12})(?:\.(\d{2}))? ([A-Z]{3})", value, re.ASCII)
    if not match or match[3] not in _CURRENCIES:
        raise NotSayable(f"{name} is not an amount such as '299.00 CNY'")
    whole, cents = match[1], match[2] or "00"
    return _CURRENCIES[match[3]][language].format(whole if cents == "00" else f"{whole}.{cents}")
