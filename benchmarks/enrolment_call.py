"""A colleague records a voice by telephone: one call in real time, real engines on both sides.

A recorded caller (a stock voice that is not the agent's, over G.711 with line noise) keys in the
code of an invitation, says the words of consent, reads each sentence after the agent, and is asked
again where the agent finds fault. Afterwards the call is enrolled as ``voice enroll --call`` does,
and its consent offered: a machine's voice has to be refused there, so here the way ends.

    python -m benchmarks.enrolment_call            five minutes
    python -m benchmarks.enrolment_call --quick    the consent and two sentences, within 50 s
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from statistics import median
from typing import Any, Final

import numpy as np

from benchmarks.results import save
from daemon.ctl import engines_of, places
from daemon.ctl.caller import RATE_HZ, Line, RecordedCaller
from daemon.ctl.measure import measured_service
from daemon.ctl.recognition import hearing
from daemon.ctl.recordings import line_of
from daemon.ctl.voice_machines import machine_voices
from daemon.settings import Settings
from daemon.voices.consent_terms import Terms
from daemon.voices.enrolment import Enroller
from daemon.voices.errors import ConsentRefused
from daemon.voices.from_call import ReadCall, read_call
from daemon.voices.give_consent import Spoken, give
from daemon.voices.invitation import invite
from daemon.voices.likeness import Likeness
from daemon.voices.places import VoicePlaces
from daemon.voices.records import usable
from daemon.voices.settings import PersonalVoiceSettings
from engines.dialog.aloud import CONSENT, reads, step_of
from engines.dialog.moves import Clause
from engines.samples.sentences import consent_sentence, sentences
from kefu.client import Client
from kefu.errors import KefuError
from kefu.protocol import Event

NAME: Final = "reader"
WHO, PURPOSE = "王丽", "接听客户来电"
VOICE: Final = "zm_yunjian"
SCENARIO: Final = "voice_enrolment"
SENTENCES: Final = 24
"""Spoken in advance: those that are asked for, and some that take the place of bad ones."""
_MOST_READINGS: Final = 80
_LONGEST_REPLY_S: Final = 40.0
_AROUND: Final = np.zeros(RATE_HZ // 4, np.int16)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, write the JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two sentences, within 50 s")
    parser.add_argument("--state", type=Path, default=Path("var"), help="state folder with weights")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args(arguments)
    spoken = lines(options.state)
    most = 3 if options.quick else _MOST_READINGS
    with measured_service(options.state, places.RELEASE, Settings(), max_calls=1) as (address, own):
        figures = held(address, own, spoken, most)
        found = ready(own, str(figures["call"]))
        figures |= enrolled(own, found)
    for what, figure in figures.items():
        print(f"{what}: {figure}")
    save("enrolment_call", figures | {"quick": options.quick}, options.json)
    return 0


def lines(state: Path) -> dict[str, Line]:
    """What the caller says, by step of the dialogue."""
    texts = {CONSENT: consent_sentence("zh", WHO, PURPOSE, company="")}
    texts |= {step_of(number): text for number, text in enumerate(sentences("zh"), 1)}
    found = {}
    with engines_of.load(state, places.RELEASE) as engines:
        for step, text in list(texts.items())[: SENTENCES + 1]:
            speech = engines.synthesiser.speak(Clause(text=text, language="zh", voice=VOICE))
            found[step] = line_of(text, np.concatenate([_AROUND, speech.at(RATE_HZ), _AROUND]))
    return found


def held(address: str, own: Path, spoken: Mapping[str, Line], most: int) -> dict[str, Any]:
    """The call: what was read, how long the reader waited, how it ended."""
    code, _ = invite(
        own,
        NAME,
        who=WHO,
        purpose=PURPOSE,
        company="",
        language="zh",
        days=1,
        now=datetime.now(timezone.utc),
    )
    steps: dict[int, str] = {}
    ended: set[int] = set()

    def on_event(event: Event) -> None:
        if event.kind == "turn":
            steps[int(event.data.get("number", 0))] = str(event.data.get("step", ""))
        elif event.kind == "reply.ended":
            ended.add(int(event.data.get("turn", 0)))

    def wait_until_said(caller: RecordedCaller) -> None:
        """A colleague lets the agent finish: the words of consent take 17 s."""
        gives_up = time.monotonic() + _LONGEST_REPLY_S
        while not (steps and max(steps) in ended) and time.monotonic() < gives_up:
            if caller.call.closed is not None:
                return
            caller.listen(0.1)

    began = time.monotonic()
    waits: list[float | None] = []
    said: list[str] = []
    with Client(address) as client:
        caller = RecordedCaller(client, scenario=SCENARIO, language="zh", on_event=on_event)
        caller.say([])  # the greeting
        caller.press(code)
        while caller.call.closed is None and len(said) < most:
            wait_until_said(caller)
            step = steps[max(steps)] if steps else ""
            if not reads(step) or step not in spoken:
                break
            said.append(step)
            waits += [answer.wait_s for answer in caller.say([spoken[step]])]
        caller.listen(3.0)
        caller.hang_up()
        closed = caller.call.closed
    heard = [one for one in waits if one is not None]
    return {
        "call": caller.call.id.hex(),
        "voice": VOICE,
        "seconds": round(time.monotonic() - began, 1),
        "cause": closed.cause if closed is not None else "",
        "readings": len(said),
        "read_again": len(said) - len(set(said)),
        "unanswered": sum(one is None for one in waits),
        "wait_p50_s": round(median(heard), 2) if heard else None,
        "wait_highest_s": round(max(heard), 2) if heard else None,
    }


def ready(own: Path, call: str) -> ReadCall:
    """The call out of its records and recording, as soon as both are on disk."""
    gives_up = time.monotonic() + 20.0
    while True:
        try:
            return read_call(own, NAME, call)
        except KefuError:
            if time.monotonic() > gives_up:
                raise
            time.sleep(0.5)


def enrolled(own: Path, found: ReadCall) -> dict[str, Any]:
    """What of it is usable as samples, and what the check of consent says."""
    place = VoicePlaces(own, NAME)
    with Likeness(own) as likeness:
        with Enroller(place, found.language) as enroller:
            for one in found.sentences:
                enroller.add(one)
            samples = enroller.compare(likeness).samples
        refused = [why.code for one in samples for why in one.refusals]
        figures: dict[str, Any] = {
            "sentences": len(found.sentences),
            "sentence_numbers": sorted(int(one.source.split()[-1]) for one in found.sentences),
            "usable": len(usable(samples)),
            "refused": sorted(refused),
            "consent_spoken": found.consent is not None,
        }
        if found.consent is None:
            return figures
        recognise = hearing(own, places.RELEASE, found.language)
        terms = Terms(who=WHO, language=found.language, purpose=PURPOSE)
        try:
            give(
                own,
                NAME,
                Spoken(
                    pcm=found.consent.pcm,
                    rate_hz=found.consent.rate_hz,
                    channel="call",
                    call=found.call,
                ),
                terms,
                hear=lambda pcm, rate_hz: recognise(pcm, rate_hz, pcm.size / rate_hz),
                embedder=likeness,
                machines=machine_voices(own, places.RELEASE, found.language, likeness),
                least_likeness=PersonalVoiceSettings().least_likeness,
                now=datetime.now(timezone.utc),
            )
            return figures | {"consent_refused_as": []}
        except ConsentRefused as why:
            return figures | {
                "consent_refused_as": [one.code for one in why.refusals],
                "consent_reasons": [one.reason for one in why.refusals],
            }


if __name__ == "__main__":
    raise SystemExit(main())
