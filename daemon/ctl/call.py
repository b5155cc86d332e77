"""``kefuctl call``: place one call with a recording or a sentence, and follow it."""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from typing import Annotated, Final, Literal, get_args

import msgspec
import numpy as np
import typer
from numpy.typing import NDArray

from daemon.ctl import engines_of, places
from daemon.ctl.audio_file import at_rate, read_audio, write_wav
from daemon.ctl.caller import RATE_HZ, Line, RecordedCaller
from daemon.ctl.conversation_view import ConversationView
from daemon.ctl.errors import NoAnswer, NothingToSay
from daemon.ctl.language import language_of
from daemon.ctl.live_caller import LiveCaller, typed_keys
from daemon.ctl.output import people, print_json, results
from daemon.ctl.recordings import line_of
from daemon.ctl.say import clauses, speak
from daemon.ctl.sound_card import SoundCard
from kefu.client import Client
from kefu.protocol import Digit, Event

_HEADPHONES: Final = (
    "Use headphones, or the agent hears itself. Keys: type them, then Enter. Ctrl-C hangs up."
)


class CallReport(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints."""

    call: str
    release: str
    wait_s: float | None
    """Last syllable sent to first voice heard; None where no answer came, and with ``--mic``."""
    cause: str
    transfers: tuple[str, ...]
    """What the PBX answered each time that the caller was to be put through."""
    wav: str
    events: tuple[Event, ...]


def call(
    file: Annotated[Path | None, typer.Argument(help="What the caller says: WAV, or raw.")] = None,
    text: Annotated[str, typer.Option("--say", help="Or a sentence, spoken by kefu itself.")] = "",
    language: Annotated[
        Literal["zh", "en", "auto"], typer.Option(help="Asked for in OPEN.")
    ] = "auto",
    called: Annotated[str, typer.Option(help="Called number; chooses the scenario.")] = "",
    scenario: Annotated[
        str, typer.Option(help="By name: it goes before the number, and reaches all of them.")
    ] = "",
    caller: Annotated[str, typer.Option(help="The caller's own number.")] = "",
    keys: Annotated[str, typer.Option(help="Pressed after the answer: 0 to 9, *, #, A to D.")] = "",
    raw: Annotated[
        Literal["ulaw", "alaw", "slin"] | None, typer.Option(help="Headerless, 8 kHz.")
    ] = None,
    mic: Annotated[
        bool, typer.Option("--mic", help="Talk yourself: microphone and loudspeaker.")
    ] = False,
    device: Annotated[str, typer.Option(help="With --mic: number or name of the device.")] = "",
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="WAV of both sides: left caller, right agent."),
    ] = None,
    transfer: Annotated[
        Literal["ok", "busy", "no_answer", "refused"],
        typer.Option(help="What the caller's PBX answers when he is to be put through."),
    ] = "ok",
    state: places.State = places.STATE,
    run: places.Run = None,
    release: places.ReleaseName = places.RELEASE,
    json: places.Json = False,
) -> None:
    """Place a call over the real socket: the greeting, what you give, the answer.

    With --mic you are the caller, until the agent or Ctrl-C ends the call; keys that you type, with
    Enter behind them, are pressed. Use headphones: from a loudspeaker the agent hears itself and
    may take that for you.

    Examples:
        kefuctl call question.wav

        kefuctl call --mic --language zh

        kefuctl call --say 我想查一下订单A10023 -o call.wav

        kefuctl call --say 转人工 --transfer busy

        kefuctl call --say 查订单 --caller 13800138000 --keys 1024#

        kefuctl call --raw ulaw line.ul --json
    """
    if strange := "".join(sorted(set(keys) - set(get_args(Digit)))):
        raise typer.BadParameter(
            f"{strange!r} is on no keypad; keys are 0 to 9, *, #, A to D.", param_hint="--keys"
        )
    if mic and (file is not None or text or keys or raw):
        raise typer.BadParameter(
            "It goes with no FILE, --say, --keys or --raw.", param_hint="--mic"
        )
    line = _line(file, text, raw, state, release) if not mic else None
    events: list[Event] = []
    view = ConversationView(results)

    def on_event(event: Event) -> None:
        events.append(event)
        if not json:
            view.event(event)

    wait_s, rate_hz = None, RATE_HZ
    talker: RecordedCaller | LiveCaller
    with ExitStack() as opened:
        client = opened.enter_context(Client(places.address(state, run)))
        if line is None:
            sound = opened.enter_context(closing(SoundCard(device)))
            rate_hz = sound.rate_hz
            people.print(_HEADPHONES)
            talker = LiveCaller(
                client,
                sound,
                called=called,
                scenario=scenario,
                language=language,
                number=caller,
                transfer=transfer,
                on_event=on_event,
                keys=typed_keys,
            )
            talker.talk()
        else:
            talker = RecordedCaller(
                client,
                called=called,
                scenario=scenario,
                language=language,
                on_event=on_event,
                transfer=transfer,
                number=caller,
            )
            wait_s = _converse(talker, line, keys)
    if out is not None:
        write_wav(out, talker.stereo(), rate_hz)
    closed = talker.call.closed
    report = CallReport(
        call=talker.call.id.hex(),
        release=talker.call.opened.release,
        wait_s=wait_s,
        cause=closed.cause if closed is not None else "",
        transfers=tuple(talker.transfers),
        wav=str(out or ""),
        events=tuple(events),
    )
    if json:
        print_json(report)
    else:
        _tell(report, mic=mic)
    if line is not None and wait_s is None and not keys:
        raise NoAnswer(f"No voice of the agent came to call {report.call[:12]}.")


def _tell(report: CallReport, *, mic: bool) -> None:
    waited = "no answer came" if report.wait_s is None else f"waited {report.wait_s:.2f} s"
    waited = "" if mic else f"{waited}; "
    put_through = f"transfer {', '.join(report.transfers)}; " if report.transfers else ""
    people.print(
        f"Call {report.call[:12]} on {report.release}: {waited}{put_through}{report.cause}."
    )
    if report.wav:
        people.print(f"Both sides: {report.wav}")


def _converse(talker: RecordedCaller, line: Line, keys: str) -> float | None:
    """Say the line, press the keys, hang up; how long the caller waited for the answer."""
    answers = talker.say([line])
    talker.follow_transfer()
    if keys:
        talker.press(keys)
        talker.follow_transfer()
    talker.hang_up()
    return answers[0].wait_s if answers else None


def _line(
    file: Path | None,
    text: str,
    raw: Literal["ulaw", "alaw", "slin"] | None,
    state: Path,
    release: str,
) -> Line:
    """What the caller says, at the line's rate."""
    if (file is None) == (not text.strip()):
        raise NothingToSay("Nothing to say.", mend="Give either a FILE or --say TEXT.")
    pcm: NDArray[np.int16]
    if file is not None:
        audio = read_audio(file, raw)
        pcm = at_rate(audio.pcm, audio.rate_hz, RATE_HZ)
    else:
        language = language_of(text)
        with engines_of.load(state, release) as engines:
            pcm = speak(engines, clauses(text, language), language, RATE_HZ)
    return line_of(text or str(file), pcm)
