"""A worker process with stand-in engines: everything of kefu-worker but the weights.

``kefud --standalone`` starts it where ``worker.command`` names it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from daemon import slot
from daemon.call.caller_audio import Utterance
from daemon.call.conversation import Conversation
from daemon.call.private import private_slots
from daemon.call.settings import CallSettings
from daemon.journal import configure
from daemon.notify import Notifier
from daemon.settings import load_settings
from daemon.worker.announcer import Announcer
from daemon.worker.call_table import CallTable
from daemon.worker.ending import end_with_signals
from daemon.worker.gateway_link import GatewayLink
from daemon.worker.hold_prompt import music
from engines.dialog.dialogue import Dialogue
from engines.dialog.moves import Expectation
from engines.dialog.playbook import load_playbook
from tests.drills.faults import Fault, fault_of
from tests.drills.tiny_engines import AGENT_HZ, TinyEngines, TinyVad, tone
from tests.opening_hours import always_open

SPEAKING_FROM_SAMPLES: Final = 4_000


def main() -> int:
    """Serve as kefu-worker does, until SIGINT, or behind the last call after SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--slot", type=Path, required=True)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--name", default="blue")
    parser.add_argument("--fault", default="")
    options, _ = parser.parse_known_args()
    configure("info", "kefu-worker")
    notifier = Notifier.from_environment()
    fault = fault_of(options.fault, options.state / "fault")
    asyncio.run(_serve(options, fault, notifier))
    return 0


async def _serve(options: argparse.Namespace, fault: Fault, notifier: Notifier) -> None:
    settings = load_settings(options.config)
    with tempfile.TemporaryDirectory(prefix="kefu-scenarios-") as folder:
        dialogue = Dialogue(load_playbook(always_open(Path(folder))))
    prompts = {"": music(8_000).tobytes(), "zh": tone(AGENT_HZ, 1_500).tobytes()}
    hello = slot.Hello(
        slot=options.name,
        software="tiny",
        release="tiny",
        capacity=8,
        pid=os.getpid(),
        hold_prompts=tuple(
            slot.Prompt(language=language, rate_hz=8_000, pcm=pcm)
            for language, pcm in prompts.items()
        ),
    )
    link = GatewayLink(options.slot, hello)
    stages = TinyEngines(options.state, fault)
    call_settings = CallSettings(
        voice=settings.voice, turn_taking=settings.turn_taking, keypad=settings.keypad
    )

    def send(message: slot.Message) -> None:
        announcer.note(message)
        link.send(message)

    def converse(opened: slot.Open) -> Conversation:
        return Conversation(
            opened,
            release="tiny",
            stages=stages,
            dialogue=dialogue,
            send=_noticing(send, fault),
            settings=call_settings,
            private_slots=private_slots(dialogue.playbook),
        )

    calls = CallTable(TinyVad(fault), converse, link.send)

    async def sing(speak: bool) -> None:
        del speak  # a tone costs nothing
        clip = Utterance(
            pcm=tone(300.0, 500), rate_hz=8_000, voice_start=0, voice_end=4_000, voiced_ms=500
        )
        await stages.hear(clip, "zh", Expectation())

    announcer = Announcer(notifier, hello, calls, sing=sing, working=lambda: False)
    serving = asyncio.create_task(link.serve(calls))
    announcing = asyncio.create_task(announcer.run())
    end_with_signals(serving, calls, announcer, settings.gateway.drain_s)
    with contextlib.suppress(asyncio.CancelledError):
        await serving
    announcing.cancel()


def _noticing(send: Callable[[slot.Message], None], fault: Fault) -> Callable[[Any], None]:
    """``send``, which notices that a reply to the caller's second sentence is on the line."""

    def noticing(message: slot.Message) -> None:
        send(message)
        if (
            isinstance(message, slot.Say)
            and message.utterance >= 2
            and message.offset > SPEAKING_FROM_SAMPLES
        ):
            fault.enter("speaking")

    return noticing


if __name__ == "__main__":
    sys.exit(main())
