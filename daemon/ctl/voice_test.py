"""``kefuctl voice test``: hear a voice that was made, before it is approved."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Final

import msgspec
import numpy as np
import typer

from daemon.ctl import places
from daemon.ctl.audio_file import write_wav
from daemon.ctl.errors import CannotWrite, NothingToSay
from daemon.ctl.language import language_of
from daemon.ctl.output import people, print_json
from daemon.ctl.say import clauses
from daemon.ctl.unapproved_voices import UnapprovedVoices
from daemon.release.release import load
from daemon.voices.consent import holding
from daemon.voices.made import card_of
from daemon.voices.places import VoicePlaces
from engines.tts.kokoro import RATE_HZ

_SAMPLE: Final = {
    "zh": "您好，这里是客户服务中心。您的订单A10023已经发货，预计明天下午三点送达。"
    "还有什么可以帮您？",
    "en": "Hello, this is customer service. Your order A10023 has been sent, and should arrive "
    "tomorrow at three. Is there anything else that I can do for you?",
}


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints."""

    voice: str
    file: str
    seconds: float
    troubles: tuple[str, ...]
    """What the guard met; empty: nothing."""


def hear(
    name: Annotated[str, typer.Argument(help="Of the voice.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="WAV to write, 24 kHz.")],
    text: Annotated[str, typer.Option(help="What it says; else a sentence of a call.")] = "",
    state: places.State = places.STATE,
    release: places.ReleaseName = places.RELEASE,
    json: places.Json = False,
) -> None:
    """Speak a text in a voice that was made, approved or not. A consent must hold.

    Examples:
        kefuctl voice test wang-xiaoming -o wang.wav

        kefuctl voice test wang-xiaoming --text "您的退款已经到账。" -o refund.wav
    """
    place = VoicePlaces(state, name)
    card = card_of(place)
    holding(state, name, datetime.now(timezone.utc))
    text = text or _SAMPLE[card.language]
    language = language_of(text)
    if not clauses(text, language):
        raise NothingToSay("The text is empty.")
    if not out.parent.is_dir():
        raise CannotWrite(f"There is no folder {out.parent}.")
    with UnapprovedVoices(load(state, release), {name: place}) as voices:
        spoken = voices.say(text, language, name)
    pcm = np.concatenate([one.pcm for one in spoken])
    write_wav(out, pcm, RATE_HZ)
    troubles = tuple(dict.fromkeys(trouble for one in spoken for trouble in one.troubles))
    answer = Tried(
        voice=name, file=str(out), seconds=round(pcm.size / RATE_HZ, 2), troubles=troubles
    )
    if json:
        print_json(answer)
        return
    people.print(f"{out}: {answer.seconds:.1f} s in the voice {name}, for your ears only")
    if troubles:
        people.print(f"[yellow]The guard met: {', '.join(troubles)}[/yellow]")
