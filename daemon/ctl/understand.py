"""``kefuctl understand``: a sentence through understanding and text emotion."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

import msgspec
import typer
from rich.markup import escape

from daemon.ctl import engines_of, places
from daemon.ctl.errors import NothingToSay
from daemon.ctl.language import language_of
from daemon.ctl.output import print_json, results
from engines.emotion.feeling import Feeling
from engines.nlu.understanding import Understanding

_SHOWN_INTENTS = 3


class Understood(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints."""

    text: str
    language: str
    understanding: Understanding
    feeling: Feeling


def understand(
    text: Annotated[str, typer.Argument(help="What a caller might say.")],
    language: Annotated[
        Literal["zh", "en", "auto"],
        typer.Option(help="auto: Chinese if a Chinese character is in it."),
    ] = "auto",
    state: places.State = places.STATE,
    release: places.ReleaseName = places.RELEASE,
    json: places.Json = False,
) -> None:
    """Show intent, entities and emotion of a sentence.

    Examples:
        kefuctl understand 我的订单A10023到哪了

        kefuctl understand "I want my money back" --json
    """
    if not text.strip():
        raise NothingToSay("The text is empty.")
    spoken = language_of(text) if language == "auto" else language
    with engines_of.load(state, release) as engines:
        understanding = engines.understander.understand(text, spoken, datetime.date.today())
        feeling = engines.feelings.feel(text, spoken)
    answer = Understood(text=text, language=spoken, understanding=understanding, feeling=feeling)
    if json:
        print_json(answer)
        return
    for score in understanding.intents[:_SHOWN_INTENTS]:
        results.print(f"intent   {score.probability:.2f}  {score.intent}")
    for entity in understanding.entities:
        results.print(f"entity   {entity.type:<9} {escape(entity.text)} → {escape(entity.value)}")
    if feeling.label:
        results.print(f"emotion  {feeling.confidence:.2f}  {feeling.label}")
    else:
        results.print("emotion        (not sure enough to say)")
