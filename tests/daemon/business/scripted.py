"""Calls that are played to the dialogue and the shop as text."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Literal

import msgspec

from daemon.business.operations import load_operations
from daemon.business.sqlite import SqliteBusiness
from engines.dialog.dialogue import Dialogue
from engines.dialog.moves import BusinessCall, BusinessResult, Heard, Move, State
from engines.emotion.feeling import Feeling
from engines.nlu.understanding import Entity, IntentScore, Understanding

EXAMPLES = Path(__file__).parents[3] / "examples"
_ORDER_ID = re.compile(r"\b[A-Z]\d{4}(?!\d)|\b\d{4}\b", re.ASCII)
_ISSUE = re.compile(r"坏了|broken")


class Turn(msgspec.Struct, frozen=True):
    """What the caller says (None: nothing; empty: nothing intelligible) and what must follow."""

    says: str | None
    intent: str
    action: str
    contains: tuple[str, ...] = ()
    probability: float = 0.9
    confidence: float = 0.9
    feeling: str = ""
    language: Literal["", "zh", "en"] = ""


class Shop:
    """The seeded database, as a business system and for looking into it."""

    def __init__(self, database: Path) -> None:
        self.database = database
        self.business = SqliteBusiness(
            database, load_operations(EXAMPLES / "shop/operations.toml"), timeout_s=0.3
        )
        self.calls: list[BusinessCall] = []

    def call(self, call: BusinessCall) -> BusinessResult:
        self.calls.append(call)
        return self.business.call(call)

    def refunds(self) -> list[tuple[str, int, str]]:
        """(order, fen, reason) of the refunds made since the seed."""
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(
                "SELECT order_id, amount_fen, reason FROM refunds WHERE number > 7001 "
                "ORDER BY number"
            ).fetchall()

    def orders(self) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute("SELECT * FROM orders ORDER BY order_id").fetchall()


class Caller:
    """Plays one call and keeps what was said."""

    def __init__(self, dialogue: Dialogue, shop: Shop) -> None:
        self.dialogue = dialogue
        self.shop = shop
        self.move: Move
        self.results: list[BusinessResult] = []

    def open(self, scenario: str = "order_status", language: str = "zh") -> Move:
        self.move = self.dialogue.open(scenario, called="", language=language)
        return self.move

    def turn(self, turn: Turn) -> Move:
        # A state must survive being saved: every turn starts from the saved one.
        state = msgspec.json.decode(msgspec.json.encode(self.move.state), type=State)
        if turn.says is None:
            move = self.dialogue.silence(state)
        elif not turn.says:
            move = self.dialogue.unclear(state)
        else:
            move = self.dialogue.hear(state, heard(turn))
        while move.call is not None:
            assert not move.reply
            result = self.shop.call(move.call)
            self.results.append(result)
            move = self.dialogue.answer(move.state, result)
        self.move = move
        return move


def heard(turn: Turn) -> Heard:
    text = turn.says or ""
    chinese = re.search(r"[\u4e00-\u9fff]", text)
    found = [("ORDER_ID", match, match[0]) for match in _ORDER_ID.finditer(text)]
    found += [("ISSUE", match, "damaged") for match in _ISSUE.finditer(text)]
    entities = tuple(
        Entity(type=kind, text=match[0], value=value, start=match.start(), end=match.end())
        for kind, match, value in found
    )
    scores = (IntentScore(intent=turn.intent, probability=turn.probability),) if turn.intent else ()
    return Heard(
        text=text,
        language=turn.language or ("zh" if chinese else "en"),
        confidence=turn.confidence,
        understanding=Understanding(intents=scores, entities=entities),
        feeling=Feeling(label=turn.feeling, confidence=0.8 if turn.feeling else 0.0),
    )


def text_of(move: Move) -> str:
    return " ".join(clause.text for clause in move.reply)
