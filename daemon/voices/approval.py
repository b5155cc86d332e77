"""Approval: a named person has listened, and the voice may speak.

The entry in the ledger is what counts; before it nothing speaks, and whatever comes after it is
done by the same command again.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from daemon.objects.store import Store
from daemon.voices import clock
from daemon.voices.consent import LEAST_LIKENESS, holding
from daemon.voices.errors import NoSuchVoice, NotToApprove, VoiceError
from daemon.voices.files import read_record, write_record
from daemon.voices.key import site_key
from daemon.voices.ledger import Ledger
from daemon.voices.lock import voices_locked
from daemon.voices.pack import read_pack
from daemon.voices.permits import Permits
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Approval, Card, Consent
from daemon.voices.release import NETWORK, rewrite, speaking
from daemon.voices.signatory import signatory
from daemon.voices.signing import sign

_NOT_PASSED: Final = (
    "`kefuctl voice show NAME` has the figures. More and cleaner recordings help, then "
    "`kefuctl voice fit NAME --again`; `kefuctl voice test NAME` speaks it all the same."
)


class Approved(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    approval: Approval
    releases: tuple[str, ...]
    """Those that hold the voice now."""


def note_made(state: Path, card: Card, now: datetime) -> None:
    """Write into the ledger that the bytes of this card were made under its consent.

    Only such bytes can be approved. Raises what ``Ledger.append`` raises.
    """
    ledger = Ledger(state)
    if not ledger.read().made(card.name, card.voice_sha256, (card.consent_id,)):
        ledger.append(
            "made",
            card.name,
            now=now,
            consent_id=card.consent_id,
            voice_sha256=card.voice_sha256,
        )


def approve(
    state: Path, name: str, *, by: str, now: datetime, least_likeness: float = LEAST_LIKENESS
) -> Approved:
    """Let a voice speak from the next start of the worker on.

    Args:
        state: the state folder.
        name: of the voice.
        by: the person who has listened to it.
        now: of the clock, with a zone.
        least_likeness: of consent and samples, as ``holding`` takes it.

    Raises:
        BadTerms: nobody approves it.
        NotToApprove: it was not made here, did not pass the gate, or is not what its card says.
        NoConsent, ClockWrong, LedgerDamaged, SiteKeyUnusable: as they say.
        DiskFull, OSError: the same command goes on.
    """
    person = signatory(by)
    places = VoicePlaces(state, name)
    with voices_locked(state):
        consent = holding(state, name, now, least_likeness)
        try:
            card = read_record(places.card, Card)
            content, sha256 = read_pack(places.pack)
        except NoSuchVoice as reason:
            raise NotToApprove(f"{name} has not been made: {reason.message}") from reason
        _check(card, sha256, name, consent)
        _check_network(state, card)
        ids = (consent.id, *consent.renews)
        if not Ledger(state).read().made(name, sha256, ids):
            raise NotToApprove(f"The ledger knows nothing of these bytes as {name}.")
        Store(state / "objects").add([content], sha256=sha256, what=places.pack.name)
        approval = _standing(state, places, consent, sha256, now)
        if approval is None:
            approval = _sign(state, places, consent, sha256, person, now)
        write_record(places.approved_card, card)
        return Approved(approval=approval, releases=_released(state, now))


def check_card(card: Card, sha256: str, name: str) -> None:
    """Raises NotToApprove: the voice did not pass, or the card is of another one."""
    if card.refusals:
        reasons = " ".join(one.reason for one in card.refusals)
        raise NotToApprove(f"{name} did not pass: {reasons}", mend=_NOT_PASSED)
    if card.name != name or card.voice_sha256 != sha256:
        raise NotToApprove(f"The card of {name} is of another voice than its pack.")


def _check(card: Card, sha256: str, name: str, consent: Consent) -> None:
    check_card(card, sha256, name)
    if card.consent_id not in (consent.id, *consent.renews):
        raise NotToApprove(f"{name} was made under another consent than the one that holds.")


def _check_network(state: Path, card: Card) -> None:
    networks = {one.objects[NETWORK].sha256 for one in speaking(state)}
    if networks and card.base_sha256 and card.base_sha256 not in networks:
        raise NotToApprove(
            f"{card.name} is a style of another network than the release has.",
            mend=f"`kefuctl voice fit {card.name}` makes it for this one.",
        )


def _standing(
    state: Path, places: VoicePlaces, consent: Consent, sha256: str, now: datetime
) -> Approval | None:
    """The approval of an earlier try, if it is of the same voice under the same consent."""
    if Permits(state).allowed(places.name, sha256, now):
        return None
    try:
        approval = read_record(places.approval, Approval)
    except VoiceError:
        return None
    return approval if approval.consent_id == consent.id else None


def _sign(
    state: Path, places: VoicePlaces, consent: Consent, sha256: str, by: str, now: datetime
) -> Approval:
    approval = sign(
        Approval(
            voice=places.name,
            voice_sha256=sha256,
            consent_id=consent.id,
            by=by,
            at=clock.written(now),
            expires_at=consent.expires_at,
            scope=consent.scope,
        ),
        site_key(state),
    )
    write_record(places.approval, approval)
    Ledger(state).append(
        "approved",
        places.name,
        now=now,
        by=by,
        consent_id=consent.id,
        voice_sha256=sha256,
    )
    return approval


def _released(state: Path, now: datetime) -> tuple[str, ...]:
    return tuple(rewrite(state, one, now).name for one in speaking(state))
