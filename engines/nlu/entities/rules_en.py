"""Rules for entities in English."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Final

from engines.nlu.entities.lexicon import GOODS_EN, issue_patterns
from engines.nlu.entities.numbers_en import (
    DIGIT_WORDS,
    NUMBER_WORDS,
    read_digits,
    read_number,
    words_of,
)
from engines.nlu.entities.shapes import find_shapes, is_phone
from engines.nlu.entities.spans import Span
from engines.nlu.entities.times_en import find_times

_WORD: Final = re.compile(r"[A-Za-z]+(?:'[a-z]+)?|\d[\d,]*(?:\.\d+)?")
_SIGNED: Final = re.compile(r"(?P<sign>[$£€¥])\s?(?P<n>\d[\d,]*(?:\.\d{1,2})?)")
_CURRENCY: Final = {
    "$": "USD",
    "£": "GBP",
    "€": "EUR",
    "¥": "CNY",
    **dict.fromkeys(("dollar", "dollars", "buck", "bucks", "usd"), "USD"),
    **dict.fromkeys(("pound", "pounds", "quid", "gbp"), "GBP"),
    **dict.fromkeys(("euro", "euros", "eur"), "EUR"),
    **dict.fromkeys(("yuan", "rmb", "kuai", "cny"), "CNY"),
}
_COUNTED: Final = (
    r"(?:of (?:them|those|these)|items?|pieces?|pairs?|boxes|box|units?|copies|copy|bottles?|bags?"
    r"|packs?|sets?|times|orders?|people)"
)
_SPOKEN_EMAIL: Final = re.compile(
    r"(?<![a-z0-9])(?P<user>[a-z0-9]+(?:(?: dot | underscore |[._-])[a-z0-9]+){0,4}) at "
    r"(?P<host>[a-z0-9]+(?:(?: dot |\.)[a-z]{2,10}){1,3})\b",
    re.IGNORECASE,
)
_NAME: Final = re.compile(
    r"\b(?:my name is|my name's|name is|the name's|name's|this is|i am|i'm|last name|first name)\s+"
    r"(?P<name>[A-Za-z][a-z'-]+(?:\s[A-Za-z][a-z'-]+){0,2})",
    re.IGNORECASE,
)
_NOT_NAMES: Final = frozenset(
    (
        "a an the not so very really calling waiting looking still just here sorry going trying "
        "having happy angry upset sure from in at on for about my your ridiculous terrible "
        "unacceptable it that this what where how done good fine great okay ok never always tired "
        "furious talking speaking afraid glad is was interested disappointed unhappy frustrated "
        "annoyed too also back and but or if awful horrible bad wrong correct right yes no order "
        "number customer because with to amazing wonderful driving busy away home writing one two "
        "three four five six seven eight nine zero oh"
    ).split()
)
_TITLE: Final = re.compile(
    r"\b(?:mr|mrs|ms|miss|dr)\.? (?P<name>[A-Za-z][a-z'-]+)\b", re.IGNORECASE
)
_ADDRESS: Final = re.compile(
    r"\b\d{1,5} (?:[A-Za-z]+ ){1,4}(?:street|st|road|rd|avenue|ave|drive|lane|boulevard|blvd|way"
    r"|court|place|square)\b(?:,? (?:apartment|apt|flat|unit|suite) \w+)?"
    r"(?:,? (?:in )?(?-i:[A-Z])[a-z]+(?: (?-i:[A-Z])[a-z]+)?)?",
    re.IGNORECASE,
)
_ORG: Final = re.compile(
    r"\b(?:calling from|work for|work at|i'm with|i'm from|on behalf of)\s+"
    r"(?P<org>(?:the )?[A-Za-z][\w&'-]*(?: (?:[A-Z][\w&'-]*|bank|hotel|hospital|company|group"
    r"|school|university|inc|ltd))*)",
)
_CUE: Final = re.compile(
    r"(?:order|number|id|reference|confirmation)(?: number| id)?(?:'s| is| it's|:|,)*\s*$"
)
_LETTER_WORDS: Final = (
    "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november oscar "
    "papa quebec romeo sierra tango uniform victor whiskey x-ray yankee zulu"
).split()
"""The spelling alphabet of radio: each stands for its first letter."""
_LETTER_SOUNDS: Final = {"be": "B", "bee": "B", "sea": "C", "see": "C"}
_HEARD: Final = re.compile(
    r"(?:^|(?<=[,.] )|(?<=\bit's )|(?<=\bis ))"
    r"(?P<letter>bee?|sea|see) (?P<digits>\d{4})(?=$|[,. ])",
    re.IGNORECASE,
)
"""A letter that was written as the word it sounds like, before the four digits of an id."""
_SPELLED: Final = re.compile(
    r"\b(?:(?P<letter>[A-Za-z]),? (?:as in|for|like) [A-Za-z]+"
    rf"|(?P<word>{'|'.join(_LETTER_WORDS)}))[, -]+"
    r"(?P<digits>\d(?:[ -]?\d){2,9})\b",
    re.IGNORECASE,
)
_ISSUES: Final = issue_patterns("en")


def find_en(text: str, today: date) -> Iterator[Span]:
    """Candidates in English text."""
    yield from find_shapes(text)
    for start, end, value in find_times(text, today):
        yield Span(type="TIME", value=value, start=start, end=end, rank=4)
    yield from _money(text)
    yield from _digit_strings(text)
    for match in _HEARD.finditer(text):
        value = _LETTER_SOUNDS[match["letter"].lower()] + match["digits"]
        yield Span(type="ORDER_ID", value=value, start=match.start(), end=match.end(), rank=1)
    for match in _SPELLED.finditer(text):
        letter = (match["letter"] or match["word"])[0].upper()
        value = letter + re.sub(r"\D", "", match["digits"])
        yield Span(type="ORDER_ID", value=value, start=match.start(), end=match.end(), rank=1)
    yield from _counts(text)
    for match in _SPOKEN_EMAIL.finditer(text):
        value = f"{_dotted(match['user'])}@{_dotted(match['host'])}".lower()
        yield Span(type="EMAIL", value=value, start=match.start(), end=match.end(), rank=0)
    yield from _names(text)
    for match in _ADDRESS.finditer(text):
        yield Span(type="ADDRESS", value=match[0], start=match.start(), end=match.end(), rank=1)
    for match in _ORG.finditer(text):
        start, end = match.span("org")
        yield Span(type="ORG", value=match["org"], start=start, end=end, rank=6)
    for match in GOODS_EN.finditer(text):
        value = match[0].lower()
        yield Span(type="PRODUCT", value=value, start=match.start(), end=match.end(), rank=7)
    for name, pattern in _ISSUES.items():
        for match in pattern.finditer(text):
            yield Span(type="ISSUE", value=name, start=match.start(), end=match.end(), rank=8)


def _runs(text: str, words: frozenset[str], *, letters: bool) -> Iterator[list[re.Match[str]]]:
    """Longest runs of number words and figures, with spaces, commas or hyphens between them."""
    run: list[re.Match[str]] = []
    for match in _WORD.finditer(text):
        word = match[0].lower()
        fits = word in words or word[0].isdigit() or (letters and len(word) == 1)
        apart = bool(run) and not re.fullmatch(r"[\s,-]+", text[run[-1].end() : match.start()])
        if run and (not fits or apart):
            yield run
            run = []
        if fits:
            run.append(match)
    if run:
        yield run


def _digit_strings(text: str) -> Iterator[Span]:
    for run in _runs(text, DIGIT_WORDS, letters=True):
        while run and run[0][0].lower() in ("a", "i") and not _id_letter(run, text):
            run = run[1:]
        while run and run[0][0].lower() == "and":
            run = run[1:]
        while run and _trailing(run[-1][0].lower()):
            run = run[:-1]
        if not run:
            continue
        start, end = run[0].start(), run[-1].end()
        said = text[start:end]
        digits = read_digits(said)
        cued = bool(_CUE.search(text[:start].lower()))
        if digits is None and cued:
            number = read_number(said)
            digits = str(int(number)) if number is not None and number == int(number) else None
        if digits is None or sum(c.isdigit() for c in digits) < 3 - cued:
            continue
        singles = len(words_of(said)) >= 3 or digits[0].isalpha() or len(digits) >= 4
        if not (cued or singles) or not digits[-1].isdigit():
            continue
        kind = (
            "PHONE" if is_phone(digits) or (digits.isdigit() and len(digits) == 7) else "ORDER_ID"
        )
        yield Span(type=kind, value=digits, start=start, end=end, rank=3 - cued)


def _trailing(word: str) -> bool:
    return word == "and" or (len(word) == 1 and word.isalpha() and word != "o")


def _id_letter(run: list[re.Match[str]], text: str) -> bool:
    """Whether an ``a`` or ``i`` in front of digits belongs to the id.

    It does before three digits that are said singly, and where an utterance begins with it before
    four digits in any form: "a ten thirty".
    """
    if run[0][0].lower() == "i":
        return False
    rest = [match[0].lower() for match in run[1:]]
    if run[0].start() == 0 and len(read_digits(text[run[0].end() : run[-1].end()]) or "") >= 4:
        return True
    singles = [word for word in rest if word not in ("hundred", "thousand", "dozen")]
    return len(singles) == len(rest) and (
        len(rest) >= 3 or any(word.isdigit() and len(word) >= 3 for word in rest)
    )


def _money(text: str) -> Iterator[Span]:
    for match in _SIGNED.finditer(text):
        amount = Decimal(match["n"].replace(",", ""))
        value = f"{amount:.2f} {_CURRENCY[match['sign']]}"
        yield Span(type="MONEY", value=value, start=match.start(), end=match.end(), rank=2)
    for run in _runs(text, NUMBER_WORDS, letters=False):
        tail = _WORD.match(text, run[-1].end() + 1) if run[-1].end() < len(text) else None
        currency = _CURRENCY.get(tail[0].lower()) if tail else None
        if not tail or not currency:
            continue
        while run and run[0][0].lower() == "and":
            run = run[1:]
        amount_said = read_number(text[run[0].start() : run[-1].end()]) if run else None
        if amount_said is None:
            continue
        end, cents = tail.end(), _CENTS.match(text, tail.end())
        if cents and (more := read_number(cents["n"])) is not None and more < 100:
            amount_said, end = amount_said + more / 100, cents.end()
        value = f"{amount_said:.2f} {currency}"
        yield Span(type="MONEY", value=value, start=run[0].start(), end=end, rank=2)


_CENTS: Final = re.compile(
    r" (?:and )?(?P<n>[a-z]+(?:[ -][a-z]+)?|\d{1,2}) cents?\b", re.IGNORECASE
)
_AFTER_COUNT: Final = re.compile(rf"\s{_COUNTED}\b", re.IGNORECASE)


def _counts(text: str) -> Iterator[Span]:
    for run in _runs(text, NUMBER_WORDS - {"a", "and"}, letters=False):
        counted = _AFTER_COUNT.match(text, run[-1].end())
        goods = GOODS_EN.match(text, run[-1].end() + 1)
        number = read_number(text[run[0].start() : run[-1].end()])
        if (counted or goods) and number is not None and number == int(number):
            start = run[0].start()
            value = str(int(number))
            end = counted.end() if counted else run[-1].end()
            yield Span(type="COUNT", value=value, start=start, end=end, rank=5)


def _names(text: str) -> Iterator[Span]:
    for match in _NAME.finditer(text):
        words: list[str] = []
        for word in match["name"].split():
            if word.lower() in _NOT_NAMES or word.lower().endswith("ing"):
                break
            words.append(word)
        if words:
            start = match.start("name")
            name = match["name"][: len(" ".join(words))]
            yield Span(type="PERSON", value=name, start=start, end=start + len(name), rank=6)
    for match in _TITLE.finditer(text):
        start, end = match.span("name")
        yield Span(type="PERSON", value=match["name"], start=start, end=end, rank=6)


def _dotted(text: str) -> str:
    said = re.sub(r" underscore ", "_", text, flags=re.IGNORECASE)
    return re.sub(r" dot ", ".", said, flags=re.IGNORECASE)
