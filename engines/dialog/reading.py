"""Reads an utterance in the light of what was asked: yes or no, values, corrections, intent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from engines.dialog import corrections, moments
from engines.dialog.commands import Command, command_in, has_none, topic_in
from engines.dialog.fitting import fit_slot, without_repeat
from engines.dialog.moves import Heard
from engines.dialog.scenario import Slot, Spoken
from engines.nlu.entities.digit_sounds import digits_by_sound
from engines.nlu.entities.times_en import bare_clock
from engines.nlu.understanding import Entity

MAX_VALUE_CHARACTERS: Final = 64
MAX_SENTENCE_CHARACTERS: Final = 200
_SEARCHED_CHARACTERS: Final = 1000
"""Only so much of an utterance is searched for commands and corrections."""
_PLAIN_CHARACTERS: Final = 40
_BEFORE_CHARACTERS: Final = 30
_SURELY: Final = 0.6
_PLAINLY: Final = 0.7
_WANTS_HUMAN: Final = 0.5
_LONG_CHARACTERS: Final = 20
_SHORT_PHONE: Final = 8
"""Digits up to which a number can as well be another one."""

# Whole utterances only: a closed vocabulary that a classifier of sentences is weak at.
_YES: Final = re.compile(
    r"(?:嗯|对|是|是的|对的|好|好的|行|可以|没错|没问题|确定|确认|要|要的|需要|同意|请)+"
    r"(?:退款|退|退吧|退了吧|转接|转吧|办理|谢谢|谢谢你)?"
    r"|(?:(?:yes|yeah|yep|yup|right|correct|sure|ok|okay|please|please do|go ahead|that's right|"
    r"that is right|that's correct|that is correct|it is|do it|i am|i'm sure|of course|absolutely|"
    r"definitely|fine|thanks|thank you) ?)+"
)
_NO: Final = re.compile(
    r"(?:不|不用|不要|不是|不对|不行|不可以|不需要|不必|不退|别退|先不|没有|没|别|算了|错|错了|取消)+"
    r"(?:谢谢|谢谢你|再见|拜拜)?"
    r"|(?:no|nope|nah|not really|that's wrong|that is wrong|wrong|no that's all|that's all|"
    r"that is all|nothing|nothing else|never mind|don't|please don't|not now)"
    r"(?: (?:no|nope|it isn't|it's not|it is not|that's wrong|that is wrong|that's all|that is all|"
    r"thanks|thank you|don't|please|bye|goodbye))*"
)
_CORRECTION: Final = re.compile(
    r"不对|不是|错了|说错|弄错|应该是|更正|改成"
    r"|\b(?:no|not|wrong|incorrect|sorry|i mean|actually|instead|correction)\b"
)
_DENIED_BEFORE: Final = re.compile(
    r"(?:不是|并不是|不要|\bnot|\bisn't|\bwasn't)\s*(?:订单号?|the|order|number|it's|\s)*$"
)
_NEGATION: Final = re.compile(r"不|别|没|\b(?:no|not|never|cancel)\b|n't\b")
_CANCEL: Final = re.compile(
    r"算了|不用|不要|不必|不需要|取消|别|先不|不约|不投"
    r"|\b(?:cancel|never mind|don't|do not|forget it)\b"
)
_GIVEN_UP: Final = re.compile(
    r"算了|取消|不(?:退|投诉|预约|约|办|登记|要|用|需要)(?:了|啦)"
    r"|别(?:再)?(?:退|投诉|预约|约|办|登记)(?:款|货)?(?:了|啦|吧|$)"
    r"|\b(?:never mind|forget (?:about )?it|cancel (?:it|that|this|the))\b"
)
_NO_MORE: Final = re.compile(
    r"没(?:有)?(?:其他|别的|什么)?(?:的|事儿?|问题)*[了啦]|没有(?:其他|别的)|就这(?:样|些)"
    r"|\bnothing (?:else|more)\b|\b(?:that's|that is|that'll be|that will be) (?:all|it)\b"
    r"|\bno more\b|\ball (?:done|set|good)\b"
)
_BYE: Final = re.compile(r"再见|拜拜|挂了|\b(?:good ?bye|bye(?: bye)?|hang up)\b")
_FAREWELL: Final = re.compile(r"(?:再见|拜拜|\b(?:good ?bye|bye))[\s.!。！]*$")
_YES_FIRST: Final = re.compile(
    r"\s*(?:嗯|对|對|是|好|行|可以|没错|确定|确认|要|需要|同意|退"
    r"|yes|yeah|yep|right|correct|sure|ok|okay|please|go ahead|that's right)"
)
_GREETING: Final = re.compile(r"(?:你好|您好|喂|hello|hi|hey)+(?: there)?")
_WAIT: Final = re.compile(
    r"(?:请|麻烦|你|您)*(?:等一?[下会]儿?|稍等|等等|别挂)"
    r"|(?:please )?(?:hold on|hang on|one moment|just a (?:moment|second|minute|sec)|"
    r"wait(?: a (?:moment|second|minute))?|let me (?:see|check|look|find))\b"
)
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
    cancels: bool
    """It is given up, rather than put right."""
    given_up: bool
    """Never mind: whatever else was said."""
    no_more: bool
    """Nothing else is wanted."""
    bye: bool
    """A word of farewell is in it."""
    farewell: bool
    """It ends with one."""
    thanks: bool
    values: dict[str, str]
    """Slot to the value that was named."""
    denied: dict[str, tuple[str, ...]]
    """Slot to values named as wrong ("not A1024")."""
    misfits: dict[str, str]
    """Slot to a value that is not written as the slot's ``format`` says."""
    question_missed: bool
    """Said over our question before what it asks was heard."""
    command: Command = ""
    """What is asked of the conversation itself."""
    topic: str = ""
    """An intent that is named by its own word."""
    none: bool = False
    """He has, or knows, no such thing."""
    sentence: str = ""
    """All that he said."""
    half: moments.Half = ""
    """The half of the day that he named."""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What an utterance is read in the light of."""

    known: Mapping[str, str] = {}
    """What is believed about slots: "no, 1025" after A1024 is A1025."""
    asked: str = ""
    """The slot of the question that stands."""
    focus: frozenset[str] = frozenset()
    """The slots of the scenario: a correction means one of these first."""
    language: Spoken = "zh"
    understand_from: float = 0.4
    """Probability that a yes or no of the intent head needs."""
    half: moments.Half = ""
    """The half of the day that he named before the time."""


def read(heard: Heard, slots: Iterable[Slot], context: Context, folded: str = "") -> Reading:
    """Read one utterance.

    Args:
        heard: text, intents and entities.
        slots: the slots whose entity types are looked for.
        context: what was asked and what is known.
        folded: the text in Simplified characters, position by position; empty: as it is.
    """
    text = (folded or heard.text).lower().replace("\u2019", "'")
    slots = [slot for slot in slots if slot.takes != "keys"]
    plain = _plain(text)
    command, start, end = command_in(text[:_SEARCHED_CHARACTERS], plain)
    if command:
        # "Slower" has a 一点 in it that is no time of day.
        heard = _without_entities(heard, start, end)
    half = moments.half_of_day(text[:_SEARCHED_CHARACTERS])
    timed = None if command else _with_bare_time(heard, slots, context, half)
    heard = timed or heard
    topic = "" if command else _topic(text[:_SEARCHED_CHARACTERS], heard)
    swapped = _swapped(text[:_SEARCHED_CHARACTERS], slots, context)
    values: dict[str, str] = {}
    denied: dict[str, tuple[str, ...]] = {}
    misfits: dict[str, str] = {}
    for slot in slots:
        if swapped and (slot.takes == "phone" or slot.format):
            continue  # digits in this utterance are parts of the corrected number
        named, wrong = _values(slot, heard, text, context)
        if slot.takes == "moment" and not half:
            named = [moments.in_half(value, context.half) for value in named]
        # The last that can be right: a transcript can end in the middle of a repeated number.
        before = _completed_from(slot, context)
        fitting = [fit_slot(slot, value, before, context.language) for value in named]
        fitting = [value for value in fitting if value]
        if not fitting and slot.name == context.asked and not command:
            fitting = list(filter(None, [_by_sound(slot, text, named, context.language)]))
        if fitting:
            values[slot.name] = fitting[-1]
        elif named:
            misfits[slot.name] = named[-1]
        wrong = tuple(value for value in wrong if value != values.get(slot.name))
        if wrong and slot.takes != "moment":
            denied[slot.name] = wrong
    values |= swapped
    named_intent = {"repeat": "repeat", "human": "speak_to_human"}.get(command, topic)
    if timed is not None:
        named_intent = "inform"
    if not named_intent and _WAIT.match(text) and heard.understanding.confidence < _SURELY:
        named_intent = "courtesy"
    return Reading(
        intent=named_intent or heard.understanding.intent,
        probability=1.0 if named_intent else heard.understanding.confidence,
        confidence=heard.confidence,
        yes=_yes_or_no(text, plain, heard, context.understand_from),
        corrects=bool(swapped) or bool(_CORRECTION.search(text)),
        negates=bool(_NEGATION.search(text)),
        cancels=bool(_CANCEL.search(text)),
        given_up=bool(_GIVEN_UP.search(text)),
        no_more=bool(_NO_MORE.search(text)),
        bye=bool(_BYE.search(text)),
        farewell=bool(_FAREWELL.search(text)),
        thanks=bool(_THANKS.search(text)),
        values=values,
        denied=denied,
        misfits=misfits,
        question_missed=heard.question_missed,
        command=command,
        topic=topic,
        none=has_none(plain),
        sentence=heard.text.strip()[:MAX_SENTENCE_CHARACTERS],
        half=half,
    )


def keyed(
    *,
    yes: bool | None = None,
    intent: str = "",
    command: Command = "",
    values: dict[str, str] | None = None,
    question_missed: bool = False,
) -> Reading:
    """What a key press means, as if it had been said without any doubt."""
    return Reading(
        intent=intent,
        probability=1.0 if intent else 0.0,
        confidence=1.0,
        yes=yes,
        corrects=bool(values),
        negates=yes is False,
        cancels=False,
        given_up=False,
        no_more=False,
        bye=False,
        farewell=False,
        thanks=False,
        values=values or {},
        denied={},
        misfits={},
        question_missed=question_missed,
        command=command,
    )


def _topic(text: str, heard: Heard) -> str:
    """The intent that is named; "you said you would call back" in a complaint names none."""
    topic, best = topic_in(text), heard.understanding
    if best.intent == "speak_to_human" and best.confidence >= _WANTS_HUMAN:
        return ""  # "can I complain to a person"
    long = len(text) > _LONG_CHARACTERS
    complains = long and best.intent == "complaint" and best.confidence >= _SURELY
    return "" if topic == "book_callback" and complains else topic


def _without_entities(heard: Heard, start: int, end: int) -> Heard:
    """The utterance without the entities that overlap a stretch of it."""
    kept = tuple(
        entity
        for entity in heard.understanding.entities
        if entity.end <= start or end <= entity.start
    )
    return replace(heard, understanding=replace(heard.understanding, entities=kept))


def _with_bare_time(
    heard: Heard, slots: list[Slot], context: Context, half: moments.Half
) -> Heard | None:
    """The utterance with its bare hour as a time, where one is asked for; None: it has none."""
    moment = any(slot.name == context.asked and slot.takes == "moment" for slot in slots)
    if not moment or "T" in context.known.get(context.asked, ""):
        return None
    rest, day = heard.text, ""
    for entity in heard.understanding.entities:
        if entity.type == "TIME":
            if "T" in entity.value or day or rest[entity.start : entity.end] != entity.text:
                return None
            rest, day = f"{rest[: entity.start]} {rest[entity.end :]}", entity.value
    clock = bare_clock(rest, half or context.half)
    if not clock:
        return None
    said = Entity(type="TIME", text=heard.text, value=day + clock, start=0, end=len(heard.text))
    return replace(heard, understanding=replace(heard.understanding, entities=(said,)))


def _swapped(text: str, slots: list[Slot], context: Context) -> dict[str, str]:
    """The slot whose known number is corrected digit by digit, and its new value."""
    swap = corrections.swap_in(text)
    if swap is None:
        return {}
    found: dict[str, str] = {}
    for slot in slots:
        if slot.takes != "phone" and "0" not in slot.format:
            continue
        known = context.known.get(slot.name, "")
        value = fit_slot(slot, corrections.apply(swap, known), "", context.language)
        if value and value != known:
            found[slot.name] = value
    for names in ({context.asked}, context.focus, frozenset(found)):
        meant = [name for name in found if name in names]
        if meant:
            return {meant[0]: found[meant[0]]} if len(meant) == 1 else {}
    return {}


def _by_sound(slot: Slot, text: str, named: list[str], language: Spoken) -> str:
    """The number that was asked for, where it was written in words that sound like it."""
    if slot.takes != "phone" and "0" not in slot.format:
        return ""
    heard = digits_by_sound(text, letter=slot.format.startswith("A"))
    candidates = (heard, *(without_repeat(value) for value in (*named, heard) if value))
    return next((fit for one in candidates if (fit := fit_slot(slot, one, "", language))), "")


def _phone_in(slot: Slot, value: str, context: Context) -> str:
    """A telephone number that was found as another one: "use 138..." looks like an order id."""
    digits = value.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    if fit_slot(slot, digits, "", context.language) and len(digits) > _SHORT_PHONE:
        return digits
    # Of a wrong length, in answer to the question for it: then it is asked for again.
    return digits if context.asked == slot.name and digits.isdigit() else ""


def _completed_from(slot: Slot, context: Context) -> str:
    """What a part of a value is completed from: not where another number was asked for."""
    if context.asked and context.asked != slot.name and slot.takes != "moment":
        return ""
    return context.known.get(slot.name, "")


def _values(
    slot: Slot, heard: Heard, text: str, context: Context
) -> tuple[list[str], tuple[str, ...]]:
    """The values of the slot's type that are not named as wrong, and those that are."""
    named: list[str] = []
    wrong: list[str] = []
    for entity in heard.understanding.entities:
        if not 0 < len(entity.value) <= MAX_VALUE_CHARACTERS:
            continue
        if entity.type == slot.entity:
            value = entity.value
        elif slot.takes == "phone" and entity.type == "ORDER_ID":
            value = _phone_in(slot, entity.value, context)
        else:
            continue
        if not value:
            continue
        before = text[max(0, entity.start - _BEFORE_CHARACTERS) : max(0, entity.start)]
        if _DENIED_BEFORE.search(before):
            wrong.append(value)
        else:
            named.append(value)
    return named, tuple(wrong)


def _plain(text: str) -> tuple[str, ...]:
    """A short utterance without punctuation, and the same without particles; none of a long one."""
    plain = _PUNCTUATION.sub(" ", text[: 2 * _PLAIN_CHARACTERS]).strip()
    if len(plain) > _PLAIN_CHARACTERS:
        return ()
    return plain, _PARTICLES.sub("", plain.replace(" ", ""))


def _yes_or_no(
    text: str, plain: tuple[str, ...], heard: Heard, understand_from: float
) -> bool | None:
    for candidate in plain:
        if _YES.fullmatch(candidate):
            return True
        if _NO.fullmatch(candidate):
            return False
    best = heard.understanding
    if best.confidence < understand_from or best.intent not in ("affirm", "deny"):
        return None
    if best.intent == "deny":
        return False
    # A wrong yes costs money, and a greeting is close to one for the classifier.
    plainly = best.confidence >= _PLAINLY or _YES_FIRST.match(text) is not None
    if not plainly or _NEGATION.search(text) or any(map(_GREETING.fullmatch, plain)):
        return None
    return True
