"""Sentences that belong to no scenario: hold prompts, waiting, and the apology when all fails."""

from __future__ import annotations

from typing import Final, Literal

from engines.dialog.moves import Clause

Spoken = Literal["zh", "en"]

_TEXTS: Final[dict[str, dict[Spoken, str]]] = {
    "hold": {
        "zh": "请稍等，我马上回来。",
        "en": "One moment please, I will be right back.",
    },
    "waiting": {"zh": "请稍等，我正在查询。", "en": "One moment, I am looking that up."},
    "failed": {
        "zh": "对不起，系统出了点问题，请您再说一遍。",
        "en": "I am sorry, something went wrong. Please say that again.",
    },
}


def phrase(name: Literal["hold", "waiting", "failed"], language: Spoken) -> Clause:
    """The clause of that name; ``waiting`` is a filler, the others answer."""
    return Clause(
        text=_TEXTS[name][language], language=language, cacheable=True, filler=name == "waiting"
    )


def all_phrases() -> list[Clause]:
    """Every clause of this file, for the phrase cache."""
    names: tuple[Literal["hold", "waiting", "failed"], ...] = ("hold", "waiting", "failed")
    languages: tuple[Spoken, ...] = ("zh", "en")
    return [phrase(name, language) for name in names for language in languages]
