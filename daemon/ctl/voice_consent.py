"""``kefuctl voice consent``: the speaker's word that a voice may be made and used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
import numpy as np
import typer
from msgspec.structs import replace
from numpy.typing import NDArray

from daemon.ctl import places
from daemon.ctl.audio_file import read_audio
from daemon.ctl.output import people, print_json, results, shown
from daemon.ctl.owner import become_owner
from daemon.ctl.recognition import hearing
from daemon.ctl.voice_machines import machine_voices
from daemon.settings import load_settings
from daemon.voices import consent_terms
from daemon.voices.consent_terms import Terms
from daemon.voices.errors import BadTerms, ConsentRefused
from daemon.voices.files import read_record
from daemon.voices.from_call import read_call
from daemon.voices.give_consent import Spoken, give
from daemon.voices.likeness import Likeness
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Consent, Enrolment, Language, Refusal
from daemon.voices.sample_files import COMMON_HZ, at_common_rate
from engines.samples.measure import heard_in
from engines.samples.spectrum import FRAMES_PER_S

_NAME_HERE: Final[dict[Language, str]] = {"zh": "（姓名）", "en": "(your name)"}
"""In a sentence that is shown before it is known who says it."""


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--show --json`` prints."""

    text: str


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints where it is no consent."""

    refusals: tuple[Refusal, ...]


def consent(
    name: Annotated[str, typer.Argument(help="Of the voice, as it was enrolled.")],
    who: Annotated[
        str, typer.Option(help="Name of the speaker, as the speaker says it; --call knows it.")
    ] = "",
    audio: Annotated[
        Path | None, typer.Option(help="WAV file of the speaker saying the sentence.")
    ] = None,
    call: Annotated[
        str, typer.Option(help="Id of the call in which it was said to the agent.")
    ] = "",
    purpose: Annotated[
        str, typer.Option(help="What the voice is for, as it stands in the sentence.")
    ] = "",
    company: Annotated[
        str, typer.Option(help="Who may use it, as it stands in the sentence; else the company.")
    ] = "",
    days: Annotated[
        int | None, typer.Option(help="How long it holds; else personal_voices.consent_days.")
    ] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="Scenario that may use it; may be repeated; else all may."),
    ] = None,
    language: Annotated[
        Literal["zh", "en"] | None, typer.Option(help="Of the sentence; else the enrolment's.")
    ] = None,
    show: Annotated[bool, typer.Option("--show", help="Print the sentence, and end.")] = False,
    state: places.State = places.STATE,
    release: places.ReleaseName = places.RELEASE,
    config: places.Config = None,
    json: places.Json = False,
) -> None:
    """Take the speaker's consent: a sentence that the speaker says, kept and signed.

    It is refused where other words were said, by another person, by a machine, or in a recording
    that was used before. Hear it being said: a good imitation of the person passes.

    Examples:
        kefuctl voice consent wang-xiaoming --show

        kefuctl voice consent wang-xiaoming --who 王小明 --show

        kefuctl voice consent wang-xiaoming --who 王小明 --audio consent.wav --scope order_status

        kefuctl voice consent wang-xiaoming --call 3f2a9c
    """
    place = VoicePlaces(state, name)
    settings = load_settings(config).personal_voices
    spoken: Spoken | None = None
    spoken_in = language or _language(place, show)
    terms = Terms(
        who=who or (_NAME_HERE[spoken_in] if show and not call else ""),
        language=spoken_in,
        purpose=purpose,
        company=company,
        days=settings.consent_days if days is None else days,
        scope=tuple(scope or ()),
    )
    if call:
        spoken, terms = _from_call(state, name, call, terms)
    if not terms.who:
        raise BadTerms(
            "Nobody is named who consents.", mend="Give --who: the name as the speaker says it."
        )
    terms = consent_terms.checked(terms)
    if show:
        if json:
            print_json(Sentence(text=terms.sentence))
        else:
            results.print(terms.sentence, markup=False, soft_wrap=True)
        return
    if spoken is None:
        spoken = _from_file(audio)
    become_owner(state / "voices")
    try:
        with Likeness(state) as likeness, people.status("listening …"):
            given = give(
                state,
                name,
                spoken,
                terms,
                hear=_hearing(state, release, terms.language),
                embedder=likeness,
                machines=machine_voices(state, release, terms.language, likeness),
                least_likeness=settings.least_likeness,
                now=datetime.now(timezone.utc),
            )
    except ConsentRefused as refused:
        if json:
            print_json(Refused(refusals=refused.refusals))
        raise
    _tell(given, json)


def _language(place: VoicePlaces, show: bool) -> Language:
    """The enrolment's; the sentence can be shown before there is one."""
    if show and not place.enrolment.exists():
        return "zh"
    return read_record(place.enrolment, Enrolment).language


def _from_call(state: Path, name: str, call: str, terms: Terms) -> tuple[Spoken, Terms]:
    """What was said to the agent, and to which terms: those of the invitation."""
    found = read_call(state, name, call)
    if found.consent is None or found.invitation is None:
        raise BadTerms(f"No consent was said in call {found.call[:12]}.", mend="Name another call.")
    invited = found.invitation
    if terms.who and terms.who != invited.who:
        raise BadTerms(f"In that call {invited.who} was asked, not {terms.who}.")
    spoken = Spoken(
        pcm=found.consent.pcm, rate_hz=found.consent.rate_hz, channel="call", call=found.call
    )
    asked = replace(
        terms,
        who=invited.who,
        language=found.language,
        purpose=invited.purpose,
        company=invited.company,
    )
    return spoken, asked


def _from_file(audio: Path | None) -> Spoken:
    if audio is None:
        raise BadTerms(
            "There is nothing to listen to.", mend="Give --audio FILE or --call CALL, or --show."
        )
    heard = read_audio(audio)
    return Spoken(pcm=heard.pcm, rate_hz=heard.rate_hz)


def _hearing(
    state: Path, release: str, language: Language
) -> Callable[[NDArray[np.int16], int], str]:
    """The release's recogniser, for audio at any rate."""
    recognise = hearing(state, release, language)

    def hear(pcm: NDArray[np.int16], rate_hz: int) -> str:
        spoken = heard_in(pcm, rate_hz).voice.spoken
        voice_s = float(np.count_nonzero(spoken)) / FRAMES_PER_S
        return recognise(at_common_rate(pcm, rate_hz), COMMON_HZ, voice_s)

    return hear


def _tell(given: Consent, json: bool) -> None:
    if json:
        print_json(replace(given, embedding=()))
        return
    people.print(
        f"{shown(given.who)} consents to [bold]{given.voice}[/bold] until {given.expires_at} "
        f"(likeness {given.likeness:.2f}). Next: kefuctl voice fit {given.voice}",
        soft_wrap=True,
    )
