"""Whether a voice has been made, beside being enrolled."""

from __future__ import annotations

from daemon.voices.errors import NoSuchVoice, NotMade
from daemon.voices.files import read_record
from daemon.voices.pack import read_pack
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Card


def card_of(places: VoicePlaces) -> Card:
    """The card of a voice that was made.

    Raises:
        NoSuchVoice: nobody is enrolled under that name.
        NotMade: somebody is, and no voice was made.
        VoiceError: the card is damaged.
    """
    try:
        return read_record(places.card, Card)
    except NoSuchVoice as reason:
        raise _absent(places) from reason


def pack_of(places: VoicePlaces) -> bytes:
    """The pack of a voice that was made. Raises as ``card_of``."""
    try:
        return read_pack(places.pack)[0]
    except NoSuchVoice as reason:
        raise _absent(places) from reason


def _absent(places: VoicePlaces) -> NoSuchVoice | NotMade:
    if not places.enrolment.exists():
        return NoSuchVoice(f"There is no voice {places.name}.")
    return NotMade(
        f"{places.name} is enrolled, and not made yet.",
        mend=f"`kefuctl voice fit {places.name}` makes it, once the speaker has consented.",
    )
