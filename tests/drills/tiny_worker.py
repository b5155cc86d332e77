"""A worker process with stand-in engines: everything of kefu-worker but the weights.

``kefud --standalone`` starts it where ``worker.command`` names it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, cast

from daemon import slot
from daemon.call.conversation import Conversation
from daemon.call.private import private_slots
from daemon.call.settings import CallSettings
from daemon.settings import load_settings
from daemon.worker.call_table import CallTable
from daemon.worker.gateway_link import GatewayLink
from daemon.worker.hold_prompt import music
from engines.dialog.dialogue import Dialogue
from engines.dialog.playbook import load_playbook
from engines.vad.silero import SileroVad
from tests.drills.faults import Fault, fault_of
from tests.drills.tiny_engines import AGENT_HZ, TinyEngines, TinyVad, tone

SCENARIOS: Final = Path("examples/scenarios")
SPEAKING_FROM_SAMPLES: Final = 4_000


def main() -> int:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--slot", type=Path, required=True)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--fault", default="")
    options, _ = parser.parse_known_args()
    logging.basicConfig(level="INFO", stream=sys.stderr)
    fault = fault_of(options.fault, options.state / "fault")
    asyncio.run(_serve(options, fault))
    return 0


async def _serve(options: argparse.Namespace, fault: Fault) -> None:
    settings = load_settings(options.config)
    dialogue = Dialogue(load_playbook(SCENARIOS))
    prompts = {"": music(8_000).tobytes(), "zh": tone(AGENT_HZ, 1_500).tobytes()}
    hello = slot.Hello(
        slot="blue",
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

    def converse(opened: slot.Open) -> Conversation:
        return Conversation(
            opened,
            release="tiny",
            stages=stages,
            dialogue=dialogue,
            send=_noticing(link.send, fault),
            settings=call_settings,
            private_slots=private_slots(dialogue.playbook),
        )

    vad = cast("SileroVad", TinyVad(fault))
    serving = asyncio.create_task(link.serve(CallTable(vad, converse, link.send)))
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, serving.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await serving


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
