"""Sentences that belong to no scenario: hold prompts, waiting, and the apology when all fails."""

from __future__ import annotations

import re
from typing import Final, Literal, get_args

from engines.dialog.moves import Clause
from engines.text.clauses import clauses

Spoken = Literal["zh", "en"]
PhraseName = Literal["hold", "waiting", "still_waiting", "failed"]

_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_FILLERS: Final = ("waiting", "still_waiting")
_TEXTS: Final[dict[PhraseName, dict[Spoken, str]]] = {
    "hold": {
        "zh": "请稍等，我马上回来。",
        "en": "One moment please, I will be right back.",
    },
    "waiting": {"zh": "请稍等，我正在查询。", "en": "One moment, I am looking that up."},
    "still_waiting": {
        "zh": "还在查询，请再稍等一下。",
        "en": "I am still looking, thank you for waiting.",
    },
    "failed": {
        "zh": "对不起，系统出了点问题，请您再说一遍。",
        "en": "I am sorry, something went wrong. Please say that again.",
    },
}


def phrase(name: PhraseName, language: Spoken) -> Clause:
    """The clause of that name; ``waiting`` and ``still_waiting`` are fillers, the others answer."""
    return Clause(
        text=_TEXTS[name][language], language=language, cacheable=True, filler=name in _FILLERS
    )


def prompt(name: str, language: Spoken) -> Clause | None:
    """The clause that PLAY asks for by name; None where there is none."""
    for known in get_args(PhraseName):
        if known == name:
            return phrase(known, language)
    return None


def as_clauses(text: str) -> tuple[Clause, ...]:
    """Any text as clauses to be spoken, Chinese where a character of it is; empty: nothing."""
    language: Spoken = "zh" if _HAN.search(text) else "en"
    return tuple(Clause(text=piece, language=language) for piece in clauses(text, language))


def all_phrases() -> list[Clause]:
    """Every clause of this file, for the phrase cache."""
    languages: tuple[Spoken, ...] = ("zh", "en")
    return [phrase(name, language) for name in _TEXTS for language in languages]
