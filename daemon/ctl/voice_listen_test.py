"""``kefuctl voice listen-test``: one web page on which people judge voices blind."""

from __future__ import annotations

import secrets
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import typer

from daemon.ctl import places
from daemon.ctl.errors import CannotWrite
from daemon.ctl.listening_speech import Sound, heard, said
from daemon.ctl.output import people, print_json, shown
from daemon.ctl.unapproved_voices import UnapprovedVoices
from daemon.release.release import load
from daemon.settings import load_settings
from daemon.voices.clock import written
from daemon.voices.consent import holding
from daemon.voices.files import read_record, write_bytes, write_record
from daemon.voices.listening.clips import alike
from daemon.voices.listening.page import page
from daemon.voices.listening.plan import FEWEST_SENTENCES, MOST_SENTENCES, plan
from daemon.voices.listening.recordings import TRAINING, choose
from daemon.voices.listening.trials import Key
from daemon.voices.made import pack_of
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Enrolment

_SEED_BITS: Final = 31


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints."""

    page: str
    key: str
    bytes: int
    questions: int
    """Practice not counted."""
    seconds: float
    """Of audio that each listener hears at least."""
    rate_hz: int
    held_out: bool
    left_out: tuple[str, ...]
    """Sentences that a fitted voice could not say."""


def listen_test(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Of the voices.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Page to write: page.html.")],
    listeners: Annotated[int, typer.Option(min=1, max=1000, help="How many you want.")] = 12,
    sentences: Annotated[
        int, typer.Option(min=FEWEST_SENTENCES, max=MOST_SENTENCES, help="Of each voice.")
    ] = 8,
    language: Annotated[
        Literal["auto", "zh-Hans", "zh-Hant", "en"],
        typer.Option(help="Of the page; auto: the listener's. Each can choose another."),
    ] = "auto",
    state: places.State = places.STATE,
    release: places.ReleaseName = places.RELEASE,
    config: places.Config = None,
    json: places.Json = False,
) -> None:
    """Write a page on which people judge voices blind: the person, the fitted, the stock voice.

    All is in one HTML file of at most 32 MiB that needs no network. Which clip is whose stands in
    page.key.json beside it: keep that, and give away the page alone.

    Examples:
        kefuctl voice listen-test wang-xiaoming -o page.html

        kefuctl voice listen-test wang-xiaoming li-na -o page.html --listeners 20
    """
    key_file = out.with_suffix(".key.json")
    _may_write(out, key_file)
    random = secrets.SystemRandom()
    least_seconds = load_settings(config).personal_voices.least_seconds
    voices = {name: VoicePlaces(state, name) for name in names}
    enrolments = {name: _enrolment(state, place) for name, place in voices.items()}
    chosen = {
        name: choose(one, sentences, least_seconds, random) for name, one in enrolments.items()
    }
    rate_hz = min(one.rate_hz for one in chosen.values())
    with people.status("Speaking …"), UnapprovedVoices(load(state, release), voices) as speakers:
        spoken = {
            name: heard(speakers, name, one.language, chosen[name].lines, voices[name].samples)
            for name, one in enrolments.items()
        }
        made = plan(
            {name: one.lines for name, one in spoken.items()},
            {name: TRAINING[one.language] for name, one in enrolments.items()},
            {name: speakers.stock(one.language) for name, one in enrolments.items()},
            random,
        )
        sounds: dict[str, Sound] = {}
        for clip in made.clips:
            if clip.sentence < 0:
                sounds[clip.id], _ = said(speakers, clip.text, enrolments[clip.voice].language)
            else:
                sounds[clip.id] = spoken[clip.voice].sounds[clip.condition, clip.sentence]
    pcm = alike(sounds, rate_hz)
    key = Key(
        page=secrets.token_hex(8),
        made_at=written(datetime.now(timezone.utc)),
        seed=secrets.randbits(_SEED_BITS),
        rate_hz=rate_hz,
        listeners=listeners,
        voices=tuple(voices),
        held_out=all(one.held_out for one in chosen.values()),
        clips=tuple(
            msgspec.structs.replace(clip, seconds=round(pcm[clip.id].size / rate_hz, 3))
            for clip in made.clips
        ),
        trials=made.trials,
    )
    shown_in = "" if language == "auto" else language
    content = page(made, pcm, page_id=key.page, seed=key.seed, rate_hz=rate_hz, language=shown_in)
    _write(out, content, key_file, key)
    seconds = {clip.id: clip.seconds for clip in key.clips}
    answer = Written(
        page=str(out),
        key=str(key_file),
        bytes=len(content),
        questions=sum(not trial.training for trial in key.trials),
        seconds=round(sum(seconds[clip] for trial in key.trials for clip in trial.clips), 1),
        rate_hz=rate_hz,
        held_out=key.held_out,
        left_out=tuple(text for one in spoken.values() for text in one.left_out),
    )
    if json:
        print_json(answer)
    else:
        _tell(answer)
        for name, one in chosen.items():
            if len(one.lines) < sentences:
                people.print(
                    f"{name}: {len(one.lines)} sentences instead of {sentences}: no more "
                    "recordings of 1 to 12 s with a known text were kept back.",
                    soft_wrap=True,
                )


def _may_write(out: Path, key_file: Path) -> None:
    if not out.parent.is_dir():
        raise CannotWrite(f"There is no folder {out.parent}.")
    if key_file == out:
        raise CannotWrite(f"{out} is the name of its key: call the page page.html.")
    if key_file.exists():
        raise CannotWrite(f"{key_file} is there already; answers to its page may still come.")


def _enrolment(state: Path, place: VoicePlaces) -> Enrolment:
    pack_of(place)
    holding(state, place.name, datetime.now(timezone.utc))
    return read_record(place.enrolment, Enrolment)


def _write(out: Path, content: bytes, key_file: Path, key: Key) -> None:
    """The key first: there is never a page whose answers nobody can read."""
    try:
        write_record(key_file, key)
        key_file.chmod(0o600)
        write_bytes(out, content)
    except OSError as reason:
        raise CannotWrite(f"{out} cannot be written: {reason.strerror}.") from reason


def _tell(written: Written) -> None:
    people.print(
        f"{shown(written.page)}: {written.questions} questions, {written.seconds / 60:.0f} min of "
        f"audio at {written.rate_hz // 1000} kHz, {written.bytes / 2**20:.1f} MiB. Give it to the "
        f"listeners; keep {shown(written.key)}, which says which clip is whose.",
        soft_wrap=True,
    )
    for text in written.left_out:
        people.print(f"[yellow]left out, the voice could not say it:[/yellow] {shown(text)}")
    if not written.held_out:
        people.print(
            "[yellow]Too few recordings were kept back: some of those that the voice was made "
            "from are heard. Record more, and its likeness is judged on what it never heard."
            "[/yellow]",
            soft_wrap=True,
        )
