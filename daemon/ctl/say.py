"""``kefuctl say``: text to a WAV file in the agent's voice."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import numpy as np
import typer
from numpy.typing import NDArray

from daemon.ctl import engines_of, places
from daemon.ctl.audio_file import at_rate, write_wav
from daemon.ctl.errors import CannotWrite, NothingToSay
from daemon.ctl.language import language_of
from daemon.ctl.output import people, print_json
from daemon.voices.errors import VoiceNotPermitted
from engines.dialog.moves import Clause
from engines.pipeline import Pipeline
from engines.tts.errors import UnknownVoice
from engines.tts.speech import Speech
from engines.tts.synthesiser import Synthesiser
from engines.tts.voice_choice import MISSING
from engines.voice_name import PERSONAL

_CLAUSE_END: Final = re.compile(r"(?<=[。！？；，、!?;])\s*|(?<=[.,])\s+")
_LONGEST: Final = {"zh": 40, "en": 120}
_RATE_HZ: Final = 24_000


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints."""

    file: str
    language: str
    seconds: float
    took_s: float
    clauses: tuple[str, ...]
    voice: str
    """Who spoke; more than one where a clause fell to another."""
    troubles: tuple[str, ...]
    """What had to be made again, or why another spoke."""


def say(
    text: Annotated[str, typer.Argument(help="Numbers, money and dates may stand as digits.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="WAV to write, 24 kHz.")],
    language: Annotated[
        Literal["zh", "en", "auto"],
        typer.Option(help="auto: Chinese if a Chinese character is in it."),
    ] = "auto",
    voice: Annotated[
        str,
        typer.Option(
            help="Stock or personal; else the one of \\[personal_voices], else the language's."
        ),
    ] = "",
    state: places.State = places.STATE,
    release: places.ReleaseName = places.RELEASE,
    json: places.Json = False,
) -> None:
    """Speak a text into a file.

    Examples:
        kefuctl say 您的订单A10023共35.5元 -o order.wav

        kefuctl say "Your refund of $12.50 is on its way." -o refund.wav

        kefuctl say 您的退款已经到账。 --voice zm_yunjian -o refund.wav --json | jq .voice
    """
    spoken = language_of(text) if language == "auto" else language
    pieces = clauses(text, spoken)
    if not pieces:
        raise NothingToSay("The text is empty.")
    if not out.parent.is_dir():
        raise CannotWrite(f"There is no folder {out.parent}.")
    with engines_of.load(state, release, as_agent=True) as engines:
        try:
            check_voice(engines.synthesiser, voice, spoken)
        except UnknownVoice:
            _check_not_enrolled(state, voice)
            raise
        began = time.monotonic()
        speeches = utter(engines, pieces, spoken, voice)
        took_s = time.monotonic() - began
    pcm = joined(speeches, _RATE_HZ)
    write_wav(out, pcm, _RATE_HZ)
    answer = Said(
        file=str(out),
        language=spoken,
        seconds=round(pcm.size / _RATE_HZ, 2),
        took_s=round(took_s, 2),
        clauses=pieces,
        voice=", ".join(dict.fromkeys(one.voice for one in speeches)),
        troubles=tuple(dict.fromkeys(code for one in speeches for code in one.troubles)),
    )
    if json:
        print_json(answer)
    else:
        people.print(
            f"{out}: {answer.seconds:.1f} s of speech by {answer.voice}, "
            f"made in {answer.took_s:.1f} s"
        )
        if answer.troubles:
            people.print(f"[yellow]troubles[/yellow]: {', '.join(answer.troubles)}")


def _check_not_enrolled(state: Path, voice: str) -> None:
    """Raises VoiceNotPermitted: it was enrolled here, and is in no release yet."""
    if PERSONAL.fullmatch(voice) and (state / "voices" / voice).is_dir():
        raise VoiceNotPermitted(
            f"{voice} is not in the release: nobody has approved it.",
            mend=f"`kefuctl voice test {voice}` speaks it before that; "
            f"`kefuctl voice approve {voice}` lets it speak.",
        )


def check_voice(synthesiser: Synthesiser, voice: str, language: Literal["zh", "en"]) -> None:
    """Whether a voice that was asked for may speak.

    Raises:
        UnknownVoice: the release has none of that name.
        VoiceNotPermitted: it is a personal one, and may not.
    """
    refused = synthesiser.chosen(Clause(text="", language=language, voice=voice)).refused
    if voice and refused == MISSING:
        raise UnknownVoice(
            f"There is no voice {voice[:40]!r} (there are: {', '.join(synthesiser.voices)})."
        )
    if voice and refused:
        raise VoiceNotPermitted(f"{voice} may not speak: {refused}.")


def clauses(text: str, language: Literal["zh", "en"]) -> tuple[str, ...]:
    """Cut at punctuation; short neighbours stay together up to what is synthesised in one go."""
    joined: list[str] = []
    gap = "" if language == "zh" else " "
    for piece in _CLAUSE_END.split(text.strip()):
        if joined and len(joined[-1]) + len(piece) < _LONGEST[language] // 2:
            joined[-1] += gap + piece
        elif piece:
            joined.append(piece)
    return tuple(joined)


def speak(
    engines: Pipeline, pieces: tuple[str, ...], language: Literal["zh", "en"], rate_hz: int
) -> NDArray[np.int16]:
    """(T,) int16 of all clauses, one after the other."""
    return joined(utter(engines, pieces, language), rate_hz)


def utter(
    engines: Pipeline, pieces: tuple[str, ...], language: Literal["zh", "en"], voice: str = ""
) -> list[Speech]:
    """Each clause as speech."""
    return [
        engines.synthesiser.speak(Clause(text=one, language=language, voice=voice))
        for one in pieces
    ]


def joined(speeches: list[Speech], rate_hz: int) -> NDArray[np.int16]:
    """(T,) int16 of all of it, one after the other."""
    return np.concatenate([at_rate(one.pcm, one.rate_hz, rate_hz) for one in speeches])
