"""``kefuctl transcribe``: a recording through voice activity detection and recognition."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import msgspec
import typer

from daemon.ctl import engines_of, places
from daemon.ctl.audio_file import at_rate, read_audio
from daemon.ctl.output import people, print_json, results
from daemon.ctl.utterances import split
from engines.asr.transcript import Transcript

_WIDE_HZ = 16_000
_NARROW_HZ = 8_000


class Segment(msgspec.Struct, frozen=True, kw_only=True):
    """One utterance of the recording."""

    start_ms: int
    end_ms: int
    transcript: Transcript


class Transcribed(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints."""

    file: str
    seconds: float
    segments: tuple[Segment, ...]


def transcribe(
    file: Annotated[Path, typer.Argument(help="WAV, or raw samples with --raw.")],
    language: Annotated[
        Literal["zh", "en", "auto"], typer.Option(help="Spoken language.")
    ] = "auto",
    raw: Annotated[
        Literal["ulaw", "alaw", "slin"] | None, typer.Option(help="Headerless, 8 kHz.")
    ] = None,
    state: places.State = places.STATE,
    release: places.ReleaseName = places.RELEASE,
    json: places.Json = False,
) -> None:
    """Write down what is said in a recording.

    Examples:
        kefuctl transcribe call.wav

        kefuctl transcribe --raw ulaw --language zh line.ul --json
    """
    audio = read_audio(file, raw)
    rate_hz = _WIDE_HZ if audio.rate_hz >= _WIDE_HZ else _NARROW_HZ
    pcm = at_rate(audio.pcm, audio.rate_hz, rate_hz)
    segments = []
    with engines_of.load(state, release) as engines:
        for span in split(audio, engines.vad):
            piece = pcm[span.start_ms * rate_hz // 1000 : span.end_ms * rate_hz // 1000]
            transcript = engines.recogniser.hear(
                piece, rate_hz, voiced_ms=span.voiced_ms, language=language
            )
            segments.append(
                Segment(start_ms=span.start_ms, end_ms=span.end_ms, transcript=transcript)
            )
            if not json:
                _print(segments[-1])
    if json:
        print_json(Transcribed(file=str(file), seconds=audio.seconds, segments=tuple(segments)))
    elif not any(segment.transcript.text for segment in segments):
        people.print("No speech was found.")


def _print(segment: Segment) -> None:
    heard = segment.transcript
    clock = f"{segment.start_ms / 1000:7.2f}–{segment.end_ms / 1000:<7.2f}"
    if heard.dropped:
        results.print(f"{clock} [dim](not taken as speech: {heard.dropped})[/dim]")
    else:
        results.print(f"{clock} {heard.language} {heard.confidence:.2f}  ", end="", soft_wrap=True)
        results.print(heard.text, markup=False, soft_wrap=True)
