"""What a human who takes a call over is told: target, reason, a short summary, what is known."""

from __future__ import annotations

from contextlib import suppress
from typing import Final, Literal

from engines.dialog.beliefs import best
from engines.dialog.memory import Memory
from engines.dialog.moves import Handover
from engines.dialog.playbook import Playbook
from engines.dialog.replies import NotSayable, say
from engines.dialog.scenario import Scenario, Slot, Spoken, kind_of

Reason = Literal[
    "asked", "not_understood", "no_input", "angry", "business", "scenario", "worker_lost"
]
MASK: Final = "***"
_MOST_SLOTS: Final = 6
_MOST_CHARACTERS: Final = 120

_TRIED: Final[dict[Reason, dict[Spoken, str]]] = {
    "asked": {"zh": "来电者要求人工服务。", "en": "The caller asked for a person."},
    "not_understood": {
        "zh": "问了几次都没能听明白。",
        "en": "The answers could not be understood, although asked for several times.",
    },
    "no_input": {
        "zh": "问了几次来电者都没有回答。",
        "en": "The caller did not answer, although asked several times.",
    },
    "angry": {"zh": "来电者情绪激动。", "en": "The caller is upset."},
    "business": {
        "zh": "业务系统没有给出可用的结果。",
        "en": "The business system gave no usable answer.",
    },
    "scenario": {"zh": "这件事需要人工办理。", "en": "This has to be done by a person."},
    "worker_lost": {
        "zh": "语音系统中断，对话没有完成。",
        "en": "The voice system failed in the middle of the call.",
    },
}


def hand_over(
    playbook: Playbook,
    scenario: Scenario,
    memory: Memory,
    language: Spoken,
    reason: Reason,
    target: str = "",
) -> Handover:
    """The handover of a call as it stands.

    Args:
        playbook: for the slots of all scenarios.
        scenario: the one under way.
        memory: what is known.
        language: of the call, and so of the summary.
        reason: why a human is needed.
        target: where to; empty: as the scenario says.
    """
    slots: dict[str, str] = {}
    known: list[str] = []
    for name, slot in playbook.slots().items():
        value = _value(playbook, memory, slot)
        if not value:
            continue
        slots[name] = value
        if slot.label and len(known) < _MOST_SLOTS:
            known.append(_known(slot, value, language))
    return Handover(
        target=target or scenario.target,
        reason=reason,
        summary=_summary(playbook, scenario, known, memory.done, language, reason),
        slots=slots,
    )


def is_private(playbook: Playbook, name: str) -> bool:
    """Whether any scenario asks for that slot in private."""
    steps = (scenario.ask(name) for scenario in playbook.scenarios.values())
    return any(step is not None and step.manner.private for step in steps)


def _value(playbook: Playbook, memory: Memory, slot: Slot) -> str:
    value, _ = best(memory.beliefs.get(slot.name, {}))
    if not value:
        return ""
    return MASK if is_private(playbook, slot.name) else value[:_MOST_CHARACTERS]


def _known(slot: Slot, value: str, language: Spoken) -> str:
    with suppress(NotSayable):  # a human can read what cannot be said
        value = value if value == MASK else say(value, language, kind_of(slot), slot.name)
    return slot.label[language] + (" " if language == "en" else "") + value.rstrip("。.!?！？")


def _summary(
    playbook: Playbook,
    scenario: Scenario,
    known: list[str],
    done: list[str],
    language: Spoken,
    reason: Reason,
) -> str:
    wish = _wish(scenario, language)
    tried = _TRIED[reason][language]
    finished = [
        _wish(playbook.scenarios[name], language) for name in done if name in playbook.scenarios
    ]
    if finished:
        said = ", ".join(finished) if language == "en" else "、".join(finished)
        tried = _done(said, tried, language)
    if language == "zh":
        parts = [f"来电者的需求：{wish}。", f"已知：{'，'.join(known)}。" if known else "", tried]
        return "".join(parts)
    parts = [
        f"The caller's concern: {wish}.",
        f"Known: {', '.join(known)}." if known else "",
        tried,
    ]
    return " ".join(part for part in parts if part)


def _done(said: str, tried: str, language: Spoken) -> str:
    if language == "zh":
        return f"本次通话已办：{said}；{tried}"
    return f"Done in this call: {said}; {tried[0].lower()}{tried[1:]}"


def _wish(scenario: Scenario, language: Spoken) -> str:
    return scenario.wish.get(language, "") or scenario.title
