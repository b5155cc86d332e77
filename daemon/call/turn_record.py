"""The turn's record as it grows, heard, decided, spoken, delivered: pure functions."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from daemon.call import private
from daemon.call.delivery import Delivery
from daemon.call.stages import Sound
from daemon.call.thought import Thought
from daemon.records.masking import mask
from engines.dialog.moves import Clause, Move
from kefu.records import Entity, Ledger, Stage, Turn

IN_PRIVATE: Final = "In a private step: what was said is not written down."


def with_thought(
    turn: Turn, thought: Thought, *, voice_start_ms: float, speech_end_ms: float, turn_end_ms: float
) -> Turn:
    """What was heard and made of it. Times are on the call's clock."""
    transcript, understanding = thought.transcript, thought.understanding
    return replace(
        turn,
        language=transcript.language,
        heard=transcript.text,
        heard_confidence=round(transcript.confidence, 3),
        dropped=transcript.dropped,
        intent=understanding.intent,
        intent_confidence=round(understanding.confidence, 3),
        entities=tuple(
            Entity(type=entity.type, text=entity.text, value=entity.value)
            for entity in understanding.entities
        ),
        emotion=thought.feeling.label,
        emotion_confidence=round(thought.feeling.confidence, 3) if thought.feeling.label else 0.0,
        business=mask(thought.business_text),
        ledger=Ledger(
            voice_start_ms=round(voice_start_ms, 1),
            speech_end_ms=round(speech_end_ms, 1),
            turn_end_ms=round(turn_end_ms, 1),
            asr=thought.asr,
            nlu=thought.nlu,
            emotion=thought.emotion,
            dialog=thought.dialog,
            business=thought.business,
        ),
    )


def with_business(turn: Turn, stage: Stage, exchange: str) -> Turn:
    """A call that was made after the turn had ended (a write)."""
    text = "; ".join(part for part in (turn.business, mask(exchange)) if part)
    return replace(turn, business=text, ledger=replace(turn.ledger, business=stage))


def with_keys(turn: Turn, keys: str, turn_end_ms: float, dialog: Stage) -> Turn:
    """What was pressed instead of spoken."""
    ledger = Ledger(turn_end_ms=round(turn_end_ms, 1), dialog=dialog)
    return replace(turn, keys=keys, ledger=ledger)


def with_move(turn: Turn, move: Move, reasons: tuple[str, ...]) -> Turn:
    """What the dialogue decided, and why; ``reasons`` are turn taking's."""
    return replace(
        turn,
        scenario=move.state.scenario,
        step=move.state.step,
        language=turn.language or move.state.language,
        action=move.action,
        reasons=(*reasons, *move.reasons),
        reply=spoken_text(move.reply),
        voice_score=move.score,
    )


def blank(turn: Turn) -> Turn:
    """Nothing of what was said or pressed, or asked with it, for a private step."""
    return replace(turn, heard="", keys="", entities=(), business="")


def hiding(turn: Turn, values: Collection[str]) -> Turn:
    """The record with each of ``values`` hidden wherever it stands."""
    if not values:
        return turn
    return replace(
        turn,
        heard=private.hide(turn.heard, values),
        keys=private.hide(turn.keys, values),
        entities=tuple(
            Entity(
                type=entity.type,
                text=private.hide(entity.text, values),
                value=private.hide(entity.value, values),
            )
            for entity in turn.entities
        ),
        reasons=tuple(private.hide(reason, values) for reason in turn.reasons),
        business=private.hide(turn.business, values),
        reply=private.hide(turn.reply, values),
        reply_heard=private.hide(turn.reply_heard, values),
    )


def with_first_sound(turn: Turn, first: Clause, sound: Sound, stage: Stage) -> Turn:
    """How the reply began."""
    return replace(
        with_voice(turn, sound),
        reply_cached=sound.cached,
        reply_filler=first.filler,
        ledger=replace(turn.ledger, tts_first=stage),
    )


def with_voice(turn: Turn, sound: Sound) -> Turn:
    """Who spoke, and what went wrong with it; each once, in order."""
    voices = [*turn.voice.split(", "), sound.voice]
    return replace(
        turn,
        voice=", ".join(dict.fromkeys(filter(None, voices))),
        voice_troubles=tuple(dict.fromkeys((*turn.voice_troubles, *sound.troubles))),
    )


def with_delivery(turn: Turn, delivery: Delivery) -> Turn:
    """What the caller took of the reply, and when it was on the line."""
    return replace(
        turn,
        reply_heard=delivery.text,
        reply_cut=delivery.cut,
        ledger=replace(
            turn.ledger,
            first_frame_ms=delivery.first_frame_ms,
            last_frame_ms=delivery.last_frame_ms,
            cut_ms=delivery.cut_ms,
        ),
    )


def spoken_text(clauses: tuple[Clause, ...]) -> str:
    """Clauses as one text; English ones are set apart by a space."""
    text = ""
    for clause in clauses:
        text += (" " if text and clause.language == "en" else "") + clause.text
    return text


def ended_data(turn: Turn, delivery: Delivery) -> dict[str, Any]:
    """The data of EVENT ``reply.ended``."""
    data: dict[str, Any] = {"turn": turn.number, "taken": delivery.heard, "cut": delivery.cut}
    if delivery.unspoken:
        data["unspoken"] = delivery.unspoken
    if turn.voice:
        data["voice"] = turn.voice
    if turn.voice_troubles:
        data["voice_troubles"] = list(turn.voice_troubles)
    return data


def event_data(turn: Turn) -> dict[str, Any]:
    """The turn as the client sees it in EVENT ``turn``."""
    data: dict[str, Any] = msgspec.to_builtins(turn)
    return data
