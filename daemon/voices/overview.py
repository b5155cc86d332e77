"""All voices at a glance: what there is of each, and whether it may speak."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Literal, TypeVar

import msgspec

from daemon.voices.clock import read_instant
from daemon.voices.consent import holding
from daemon.voices.errors import ClockWrong, LedgerDamaged, NoSuchVoice, VoiceError
from daemon.voices.files import read_record
from daemon.voices.job_files import Standing
from daemon.voices.ledger import Entry, Ledger
from daemon.voices.lock import FIT_LOCK, holder
from daemon.voices.permits import Permits
from daemon.voices.places import VoicePlaces, all_names
from daemon.voices.records import Approval, Card, Consent, Enrolment, usable
from daemon.voices.release import folders_with

S = TypeVar("S", bound=msgspec.Struct)

_STANDS_STILL: Final = timedelta(minutes=3)

Stage = Literal[
    "enrolled", "consented", "making", "stopped", "failed", "made", "refused", "approved", "silent"
]


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """One voice."""

    name: str
    stage: Stage
    """``stopped``: the job ended before the voice was made; ``failed``: it could not make it.
    ``silent``: it was approved, and may not speak (``why_not``)."""
    why_not: str = ""
    """Code of ``Permits.allowed``, or of the error that keeps its files from being read; of a job
    that failed, its reason."""
    who: str = ""
    language: str = ""
    samples: int = 0
    """Usable ones."""
    seconds: float = 0.0
    expires_at: str = ""
    """Of the consent; empty: none holds."""
    share_of_the_way: float | None = None
    """By the independent judge."""
    making: str = ""
    """How far the job is that runs now, also where there is a voice already."""
    approved_by: str = ""
    voice_sha256: str = ""
    releases: tuple[str, ...] = ()
    """Those that hold it."""


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """One voice with all that is written about it; no audio, no embedding."""

    overview: Overview
    enrolment: Enrolment | None
    consent: Consent | None
    card: Card | None
    approval: Approval | None
    history: tuple[Entry, ...]


def overviews(state: Path, now: datetime) -> list[Overview]:
    """Of every voice that there is anything of; reads only."""
    permits = Permits(state)
    return [_overview(state, VoicePlaces(state, name), permits, now) for name in all_names(state)]


def detail(state: Path, name: str, now: datetime) -> Detail:
    """Everything about one voice, also about one that is gone.

    Raises:
        NoSuchVoice: there is nothing of it, and never was.
        LedgerDamaged: its history cannot be told.
    """
    places = VoicePlaces(state, name)
    history = tuple(one for one in Ledger(state).read().entries if one.voice == name)
    if not history and not places.folder.is_dir():
        raise NoSuchVoice(f"There is no voice {name}.")
    enrolment = _read(places.enrolment, Enrolment)
    consent = _read(places.consent, Consent)
    return Detail(
        overview=_overview(state, places, Permits(state), now),
        enrolment=enrolment and msgspec.structs.replace(enrolment, embedding=()),
        consent=consent and msgspec.structs.replace(consent, embedding=()),
        card=_read(places.card, Card),
        approval=_read(places.approval, Approval),
        history=history,
    )


def _overview(state: Path, places: VoicePlaces, permits: Permits, now: datetime) -> Overview:
    enrolment = _read(places.enrolment, Enrolment)
    card = _read(places.card, Card)
    approval = _read(places.approval, Approval)
    job = _read(places.work / "progress.json", Standing)
    runs = job is not None and job.pid != 0 and job.pid == holder(state / "voices" / FIT_LOCK)
    consent, why = _consent(state, places.name, now)
    samples = usable(enrolment.samples) if enrolment else []
    stage: Stage = "consented" if consent else "enrolled"
    if card:
        stage = "refused" if card.refusals else "made"
    elif job and runs:
        stage = "making"
    elif job and job.phase == "failed":
        stage, why = "failed", why or job.reason
    elif job:
        stage = "stopped"
    if approval:
        why = permits.allowed(places.name, approval.voice_sha256, now)
        stage = "silent" if why else "approved"
    return Overview(
        name=places.name,
        stage=stage,
        why_not=why,
        who=consent.who if consent else "",
        language=enrolment.language if enrolment else "",
        samples=len(samples),
        seconds=round(sum(one.seconds for one in samples), 1),
        expires_at=consent.expires_at if consent else "",
        share_of_the_way=card.independent.share_of_the_way if card else None,
        making=_making(job, now) if job and runs else "",
        approved_by=approval.by if approval else "",
        voice_sha256=approval.voice_sha256 if approval else card.voice_sha256 if card else "",
        releases=tuple(folder.name for folder, _ in folders_with(state, places.name)),
    )


def _making(job: Standing, now: datetime) -> str:
    """How far it is, and since when it stands still: no step takes as long."""
    if not job.of:
        return ""
    far = f"{job.phase} {job.step}/{job.of}"
    with suppress(VoiceError):
        at = read_instant(job.at)
        if now - at > _STANDS_STILL:
            return f"{far}, standing still since {at:%H:%M} UTC: others use the processors"
    return far


def _consent(state: Path, name: str, now: datetime) -> tuple[Consent | None, str]:
    try:
        return holding(state, name, now), ""
    except (LedgerDamaged, ClockWrong) as reason:
        return None, reason.code
    except VoiceError:
        return None, "no_consent"


def _read(path: Path, kind: type[S]) -> S | None:
    """None where there is none, or it is damaged: what there is besides can be shown."""
    try:
        return read_record(path, kind)
    except VoiceError:
        return None
