"""What is read aloud for a personal voice: fifty sentences a language, and that of consent."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final, Literal

Language = Literal["zh", "en"]
COUNT: Final = 50
"""Sentences of each language; more recordings bring nothing (``spec.md`` 5)."""
_FOLDER: Final = Path(__file__).parent / "sentences"
_PURPOSE: Final = {"zh": "接听客户来电", "en": "answering its customers' calls"}
_COMPANY: Final = {"zh": "公司", "en": "the company"}
_CONSENT: Final = {
    "zh": (
        "我是{who}。我同意{company}用我的录音制作合成语音，并用这个声音{purpose}。"
        "我可以随时撤回这个同意。"
    ),
    "en": (
        "My name is {who}. I agree that {company} may make a synthetic voice from my recordings "
        "and may use it for {purpose}. I can take this back at any time."
    ),
}


@cache
def sentences(language: Language) -> tuple[str, ...]:
    """The fifty sentences of a language, the easiest first.

    Zh: 6 to 18 characters; en: 8 to 14 words. Numbers stand in words, so that there is one way to
    read each.
    """
    lines = (_FOLDER / f"{language}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip())


def consent_sentence(language: Language, who: str, purpose: str = "", company: str = "") -> str:
    """What a person says, so that a voice may be made of their recordings.

    Args:
        language: of the sentence.
        who: the person's name, as it is spoken.
        purpose: what the voice is for, to stand behind 用这个声音 or "may use it for"; empty: to
            answer calls.
        company: who may use it; empty: 公司, "the company".
    """
    return _CONSENT[language].format(
        who=who.strip(),
        purpose=purpose.strip() or _PURPOSE[language],
        company=company.strip() or _COMPANY[language],
    )
