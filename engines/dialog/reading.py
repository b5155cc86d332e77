"""Reads an utterance in the light of what was asked: yes or no, values, corrections, intent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from engines.dialog.moves import Heard
from engines.dialog.scenario import Slot

MAX_VALUE_CHARACTERS: Final = 64
_PLAIN_CHARACTERS: Final = 40
_BEFORE_CHARACTERS: Final = 30

# Whole utterances only: a closed vocabulary that a classifier of sentences is weak at.
_YES: Final = re.compile(
    r"(?:嗯|对|是|是的|对的|好|好的|行|可以|没错|没问题|确定|确认|要|要的|需要|同意|请)+"
    r"(?:退款|退|退吧|转接|转吧|办理|谢谢|谢谢你)?"
    r"|(?:(?:yes|yeah|yep|yup|right|correct|sure|ok|okay|please|please do|go ahead|that's right|"
    r"that is right|that's correct|that is correct|it is|do it|i am|i'm sure|of course|absolutely|"
    r"definitely|thanks|thank you) ?)+"
)
_NO: Final = re.compile(
    r"(?:不|不用|不要|不是|不对|不行|不可以|不需要|不必|不退|别退|先不|没有|没|别|算了|错|错了|取消)+"
    r"(?:谢谢|谢谢你|再见|拜拜)?"
    r"|(?:no|nope|nah|not really|that's wrong|that is wrong|wrong|no that's all|that's all|"
    r"that is all|nothing|nothing else|never mind|don't|please don't|not now)"
    r"(?: (?:no|nope|it isn't|it's not|it is not|that's wrong|that is wrong|that's all|that is all|"
    r"thanks|thank you|don't|please|bye|goodbye))*"
)
_REPEAT: Final = re.compile(
    r"(?:请|麻烦|能|可以|能不能)?(?:你|您)?(?:再|重新)(?:说|讲|重复)(?:一遍|一次|一下)?|重复一遍|没听清楚?"
    r"|(?:please |can you |could you )?(?:say that again|repeat(?: that)?|come again|pardon)"
    r"(?: please)?"
)
_CORRECTION: Final = re.compile(
    r"不对|不是|错了|说错|弄错|应该是|更正|改成"
    r"|\b(?:no|not|wrong|incorrect|sorry|i mean|actually|instead|correction)\b"
)
_DENIED_BEFORE: Final = re.compile(
    r"(?:不是|并不是|不要|\bnot|\bisn't|\bwasn't)\s*(?:订单号?|the|order|number|it's|\s)*$"
)
_NEGATION: Final = re.compile(r"不|别|没|\b(?:no|not|never|cancel)\b|n't\b")
_THANKS: Final = re.compile(r"谢|thank|cheers")
_PUNCTUATION: Final = re.compile(r"[^\w']+")
_PARTICLES: Final = re.compile(r"[啊呀吧呢嘛哦噢哈了]+(?=$|谢)")


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """An utterance as the policy sees it."""

    intent: str
    probability: float
    confidence: float
    """Of the recogniser."""
    yes: bool | None
    """None: neither a yes nor a no."""
    corrects: bool
    negates: bool
    """There is a negation in it: it is never taken for a yes that was not plainly said."""
    thanks: bool
    values: dict[str, str]
    """Slot to the value that was named."""
    denied: dict[str, tuple[str, ...]]
    """Slot to values named as wrong ("not A1024")."""
    misfits: dict[str, str]
    """Slot to a value that is not written as the slot's ``format`` says."""
    question_missed: bool
    """Said over our question before what it asks was heard."""


def read(
    heard: Heard, slots: Iterable[Slot], known: Mapping[str, str], understand_from: float
) -> Reading:
    """Read one utterance.

    Args:
        heard: text, intents and entities.
        slots: the slots whose entity types are looked for.
        known: what is believed about slots: "no, 1025" after A1024 is A1025.
        understand_from: probability that a yes or no of the intent head needs.
    """
    text = heard.text.lower().replace("\u2019", "'")
    values: dict[str, str] = {}
    denied: dict[str, tuple[str, ...]] = {}
    misfits: dict[str, str] = {}
    for slot in slots:
        named, wrong = _values(slot, heard, text)
        # The last that can be right: a transcript can end in the middle of a repeated number.
        fitting = [fit(value, slot.format, known.get(slot.name, "")) for value in named]
        fitting = [value for value in fitting if value]
        if fitting:
            values[slot.name] = fitting[-1]
        elif named:
            misfits[slot.name] = named[-1]
        wrong = tuple(value for value in wrong if value != values.get(slot.name))
        if wrong:
            denied[slot.name] = wrong
    repeat = _wants_repeat(text)
    return Reading(
        intent="repeat" if repeat else heard.understanding.intent,
        probability=1.0 if repeat else heard.understanding.confidence,
        confidence=heard.confidence,
        yes=_yes_or_no(text, heard, understand_from),
        corrects=bool(_CORRECTION.search(text)),
        negates=bool(_NEGATION.search(text)),
        thanks=bool(_THANKS.search(text)),
        values=values,
        denied=denied,
        misfits=misfits,
        question_missed=heard.question_missed,
    )


def _values(slot: Slot, heard: Heard, text: str) -> tuple[list[str], tuple[str, ...]]:
    """The values of the slot's type that are not named as wrong, and those that are."""
    named: list[str] = []
    wrong: list[str] = []
    for entity in heard.understanding.entities:
        if entity.type != slot.entity or not 0 < len(entity.value) <= MAX_VALUE_CHARACTERS:
            continue
        before = text[max(0, entity.start - _BEFORE_CHARACTERS) : max(0, entity.start)]
        if _DENIED_BEFORE.search(before):
            wrong.append(entity.value)
        else:
            named.append(entity.value)
    return named, tuple(wrong)


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


def _fits(value: str, form: str) -> bool:
    classes = {"A": str.isalpha, "0": str.isdigit}
    return len(value) == len(form) and all(
        character.isascii() and (classes[mark](character) if mark in classes else character == mark)
        for character, mark in zip(value, form, strict=True)
    )


def _plain(text: str) -> tuple[str, ...]:
    """A short utterance without punctuation, and the same without particles; none of a long one."""
    plain = _PUNCTUATION.sub(" ", text[: 2 * _PLAIN_CHARACTERS]).strip()
    if len(plain) > _PLAIN_CHARACTERS:
        return ()
    return plain, _PARTICLES.sub("", plain.replace(" ", ""))


def _wants_repeat(text: str) -> bool:
    return any(_REPEAT.fullmatch(candidate) for candidate in _plain(text))


def _yes_or_no(text: str, heard: Heard, understand_from: float) -> bool | None:
    for candidate in _plain(text):
        if _YES.fullmatch(candidate):
            return True
        if _NO.fullmatch(candidate):
            return False
    best = heard.understanding
    if best.confidence < understand_from or best.intent not in ("affirm", "deny"):
        return None
    if best.intent == "deny":
        return False
    return None if _NEGATION.search(text) else True
