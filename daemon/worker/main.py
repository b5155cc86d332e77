"""kefu-worker: a process that serves one release to the gateway."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import faulthandler
import logging
import os
import signal
import sys
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from daemon import slot
from daemon.business.adapter import Business
from daemon.business.invitations import WithInvitations
from daemon.business.operations import load_operations
from daemon.business.seed import make_database
from daemon.business.sqlite import SqliteBusiness
from daemon.call.conversation import Conversation
from daemon.call.phrases import phrase
from daemon.call.private import private_slots
from daemon.call.settings import CallSettings
from daemon.journal import add_level_option, configure
from daemon.notify import Notifier
from daemon.release import release as releases
from daemon.settings import Settings, load_settings
from daemon.voices.speaking import may_speak_in_calls
from daemon.worker.announcer import Announcer
from daemon.worker.call_table import CallTable
from daemon.worker.canary import Canary
from daemon.worker.ending import end_with_signals
from daemon.worker.engine_stages import EngineStages
from daemon.worker.gateway_link import GatewayLink
from daemon.worker.hold_prompt import music
from daemon.worker.round_trip import RoundTrip
from daemon.worker.speakers import phrases, preferred, warn_of_missing
from engines import pipeline
from engines.pipeline import Pipeline
from kefu.errors import KefuError

log = logging.getLogger("kefu-worker")

LINE_RATES_HZ: Final = (8000, 16000, 24000)


def main(arguments: Sequence[str] | None = None) -> int:
    """Load, prove, serve; returns the exit status."""
    options = _parser().parse_args(arguments)
    configure(options.log_level, "kefu-worker")
    faulthandler.enable()  # the watchdog's SIGABRT shows where every thread stood
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until it serves nothing is to be ended in order
    os.umask(0o027)
    notifier = Notifier.from_environment()
    started = time.monotonic()
    try:
        settings = load_settings(options.config)
        business = _business(settings, options.state)
        notifier.status("Loading the release")
        release = releases.load(options.state, options.release, folder=options.release_folder)
        loaded = pipeline.load(
            release.files,
            release.settings,
            scenarios=Path(settings.dialog.scenarios),
            cache=options.state / "cache",
            voices=preferred(settings.personal_voices),
            may_speak=may_speak_in_calls(options.state),
        )
        loaded.synthesiser.drop_absent()
        warn_of_missing(loaded.dialogue.playbook, settings.personal_voices, loaded.synthesiser)
        with contextlib.closing(loaded):
            log.info("loaded release=%s after_s=%.2f", release.name, time.monotonic() - started)
            stages = EngineStages(loaded, business)
            asyncio.run(_serve(options, settings, release.name, stages, notifier))
    except KefuError as error:
        log.error("cannot serve code=%s %s", error.code, error)
        return error.exit_code
    return 0


async def _serve(
    options: argparse.Namespace,
    settings: Settings,
    release: str,
    stages: EngineStages,
    notifier: Notifier,
) -> None:
    try:
        canary = Canary(stages)
        notifier.status(f"Release {release} is loaded: its canary turn runs")
        log.info("canary answered took_s=%.2f", await canary.sing(speak=False))
        await _serve_proved(options, settings, release, stages, notifier, canary)
    finally:
        stages.close()
        log.info("ended")


async def _serve_proved(
    options: argparse.Namespace,
    settings: Settings,
    release: str,
    stages: EngineStages,
    notifier: Notifier,
    canary: Canary,
) -> None:
    loaded = stages.pipeline
    hello = slot.Hello(
        slot=options.name,
        software=_software(),
        release=release,
        capacity=settings.worker.capacity,
        pid=os.getpid(),
        hold_prompts=_hold_prompts(loaded),
        scenarios=tuple(sorted(loaded.dialogue.playbook.scenarios)),
    )
    path = options.slot or options.state / "run" / "slot.sock"
    link = GatewayLink(path, hello, lambda: stages.fallbacks)

    call_settings = CallSettings(
        voice=settings.voice, turn_taking=settings.turn_taking, keypad=settings.keypad
    )
    secret = private_slots(loaded.dialogue.playbook)

    def send(message: slot.Message) -> None:
        announcer.note(message)
        link.send(message)

    def converse(opened: slot.Open) -> Conversation:
        return Conversation(
            opened,
            release=release,
            stages=stages,
            dialogue=loaded.dialogue,
            send=send,
            settings=call_settings,
            private_slots=secret,
        )

    calls = CallTable(loaded.vad, converse, link.send)
    announcer = Announcer(
        notifier,
        hello,
        calls,
        sing=lambda speak: canary.sing(speak=speak),
        working=lambda: stages.working,
        failures=lambda: stages.fallbacks,
        voice_at=lambda: stages.synthesis.spoke_at,
    )
    serving = asyncio.create_task(link.serve(calls))
    round_trip = RoundTrip(
        stages, settings.worker.round_trip_every, lambda: not len(calls) and not stages.working
    )
    in_advance = stages.synthesis.make_phrases(phrases(loaded.dialogue.playbook))
    beside = [asyncio.create_task(one) for one in (in_advance, announcer.run(), round_trip.run())]
    log.info("ready release=%s", release)
    end_with_signals(serving, calls, announcer, settings.gateway.drain_s)
    try:
        with contextlib.suppress(asyncio.CancelledError):
            await serving
    finally:
        for task in beside:
            task.cancel()


def _business(settings: Settings, state: Path) -> Business:
    return WithInvitations(_shop(settings, state), state)


def _shop(settings: Settings, state: Path) -> Business:
    operations = load_operations(Path(settings.business.operations))
    if settings.business.database:
        return SqliteBusiness(Path(settings.business.database), operations)
    database = state / "shop.sqlite"
    make_database(Path(settings.business.seed), database)
    return SqliteBusiness(database, operations)


def _hold_prompts(loaded: Pipeline) -> tuple[slot.Prompt, ...]:
    prompts = [
        slot.Prompt(language="", rate_hz=rate, pcm=music(rate).tobytes()) for rate in LINE_RATES_HZ
    ]
    for clause in (phrase("hold", "zh"), phrase("hold", "en")):
        # The gateway keeps them: a voice whose permit ends would go on speaking there.
        stock = loaded.synthesiser.stock(clause.language)
        speech = loaded.synthesiser.speak(replace(clause, voice=stock))
        prompts += [
            slot.Prompt(language=clause.language, rate_hz=rate, pcm=speech.at(rate).tobytes())
            for rate in LINE_RATES_HZ
        ]
    return tuple(prompts)


def _software() -> str:
    try:
        return version("kefu-appliance")
    except PackageNotFoundError:
        return "unknown"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kefu-worker",
        description="Serves one release to the gateway: engines and the conversation.",
        epilog="example: kefu-worker --slot /run/kefu/slot.sock --state /var/lib/kefu",
    )
    parser.add_argument(
        "--slot",
        type=Path,
        metavar="SOCKET",
        help="the gateway's socket for workers (default: STATE/run/slot.sock)",
    )
    parser.add_argument("--name", default="blue", help="name of the slot (default: %(default)s)")
    parser.add_argument(
        "--state",
        type=Path,
        metavar="DIR",
        default=Path(os.environ.get("KEFU_STATE", "var")),
        help="weights and caches (default: $KEFU_STATE, else var)",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--release", default="lite", help="what to serve (default: %(default)s)")
    what.add_argument(
        "--release-folder",
        type=Path,
        metavar="DIR",
        help="its folder, or a link to it: STATE/slots/blue/release",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings, kefu.toml")
    add_level_option(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
