"""Invitations to record a voice by telephone: made, found by their code, ended, guessed at."""

from __future__ import annotations

import json
import stat
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import msgspec
import pytest

from daemon.business.invitations import BUILT_IN, MOST_WRONG, WRONG_IN_S, WithInvitations
from daemon.voices import invitation
from daemon.voices.errors import BadInvitation, BadVoiceName, VoiceError
from daemon.voices.files import write_record
from daemon.voices.places import VoicePlaces
from daemon.voices.records import Enrolment, Refusal, Sample
from engines.dialog.moves import BusinessCall, BusinessResult
from engines.samples.sentences import sentences
from tests.daemon.voices.voice_box import box, consented, enrolled

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=timezone.utc)


def invite(state: Path, name: str = "wang-li", **given: Any) -> tuple[str, invitation.Invitation]:
    wanted = {
        "who": "王丽",
        "purpose": "接听客户来电",
        "company": "",
        "language": "zh",
        "days": 7,
        "now": NOW,
    }
    return invitation.invite(state, name, **(wanted | given))  # type: ignore[arg-type]


def test_a_code_finds_its_invitation_until_it_expires(tmp_path: Path) -> None:
    code, made = invite(tmp_path)
    assert len(code) == 6
    assert code.isdigit()
    assert invitation.find(tmp_path, code, NOW) == made
    assert invitation.find(tmp_path, code, NOW + timedelta(days=6, hours=23)) == made
    assert invitation.find(tmp_path, code, NOW + timedelta(days=7)) is None
    assert invitation.find(tmp_path, code, datetime(1970, 1, 2, tzinfo=timezone.utc)) is None


def test_a_voice_that_is_there_has_its_language_and_its_person(tmp_path: Path) -> None:
    box(tmp_path)
    enrolled(tmp_path, "wang-xiaoming")
    with pytest.raises(BadInvitation, match="a voice in zh"):
        invite(tmp_path, "wang-xiaoming", who="Jane", purpose="answering calls", language="en")
    consented(tmp_path, "wang-xiaoming")
    with pytest.raises(BadInvitation, match="the voice of 王小明"):
        invite(tmp_path, "wang-xiaoming")
    assert invite(tmp_path, "wang-xiaoming", who="王小明")[1].voice == "wang-xiaoming"


def test_the_code_stands_nowhere(tmp_path: Path) -> None:
    code, _ = invite(tmp_path)
    path = tmp_path / "voices" / "invitations.json"
    assert code not in path.read_text("utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_second_invitation_of_a_voice_ends_the_first(tmp_path: Path) -> None:
    first, _ = invite(tmp_path)
    other, _ = invite(tmp_path, "chen-hua", who="陈华")
    second, made = invite(tmp_path, now=NOW + timedelta(hours=1))
    later = NOW + timedelta(hours=2)
    assert invitation.find(tmp_path, first, later) is None
    assert invitation.find(tmp_path, second, later) == made
    assert invitation.find(tmp_path, other, later) is not None
    assert [one.who for one in invitation.of_voice(tmp_path, "wang-li")] == ["王丽", "王丽"]


@pytest.mark.parametrize(
    "code",
    ["", "0", "12345", "1234567", "١٢٣٤٥٦", "12345６", "abcdef", "-12345", "1e9999", "\x00" * 6],
)
def test_what_is_no_code_finds_nothing(tmp_path: Path, code: str) -> None:
    invite(tmp_path)
    assert invitation.find(tmp_path, code, NOW) is None


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"name": "../x"}, BadVoiceName),
        ({"name": "王丽"}, BadVoiceName),
        ({"who": ""}, BadInvitation),
        ({"who": "   "}, BadInvitation),
        ({"who": "x" * 81}, BadInvitation),
        ({"who": "王丽\n"}, None),
        ({"who": "王\n丽"}, BadInvitation),
        ({"who": "{purpose}"}, BadInvitation),
        ({"who": "<b>"}, BadInvitation),
        ({"purpose": ""}, BadInvitation),
        ({"purpose": "http://x"}, BadInvitation),
        ({"company": "\u202e"}, BadInvitation),
        ({"days": 0}, BadInvitation),
        ({"days": -7}, BadInvitation),
        ({"days": 10**9}, BadInvitation),
    ],
)
def test_what_cannot_be_asked_is_refused_and_nothing_is_written(
    tmp_path: Path, given: dict[str, Any], error: type[VoiceError] | None
) -> None:
    if error is None:
        assert invite(tmp_path, **given)[1].who == "王丽"
        return
    with pytest.raises(error):
        invite(tmp_path, **given)
    assert not (tmp_path / "voices" / "invitations.json").exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"salt": "x"}', b"\xff" * 99, b"null"])
def test_a_damaged_file_is_told_and_stays(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "voices" / "invitations.json"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(VoiceError):
        invite(tmp_path)
    with pytest.raises(VoiceError):
        invitation.find(tmp_path, "123456", NOW)
    assert path.read_bytes() == content
    business = WithInvitations(Shop(), tmp_path, wall=lambda: NOW)
    assert business.call(looked_up("123456")).error == "unavailable"


def sample(number: int, *, refused: bool = False) -> Sample:
    refusals = (Refusal(code="noisy", reason="x", mend="x"),) if refused else ()
    return Sample(
        file=f"{number:04d}.wav",
        source="x",
        sha256="0" * 64,
        seconds=2.0,
        band_hz=4000,
        quality=0.9,
        asked=sentences("zh")[number - 1],
        refusals=refusals,
    )


def test_the_scenario_is_told_what_is_on_record_and_usable(tmp_path: Path) -> None:
    code, made = invite(tmp_path)
    told = invitation.answer(tmp_path, code, NOW)
    assert told == {
        "voice": "wang-li",
        "language": "zh",
        "who": "王丽",
        "purpose": "接听客户来电",
        "company": "",
        "consented": "no",
        "done": "",
    }
    assert tuple(told) == BUILT_IN[invitation.OPERATION].returns
    samples = (*(sample(number) for number in (1, 2, 3, 5, 50)), sample(7, refused=True))
    enrolment = Enrolment(name="wang-li", language="zh", samples=samples)
    write_record(VoicePlaces(tmp_path, "wang-li").enrolment, enrolment)
    VoicePlaces(tmp_path, "wang-li").consent.write_text("{}")
    again = invitation.answer(tmp_path, code, NOW)
    assert again is not None
    assert (again["consented"], again["done"]) == ("yes", "1-3 5 50")
    assert invitation.sentences_done(tmp_path, made) == (1, 2, 3, 5, 50)


class Shop:
    """Another business system."""

    def call(self, call: BusinessCall) -> BusinessResult:
        return BusinessResult(name=call.name, ok=True, values={"from": "shop"})


def looked_up(code: str, *, changes: bool = False) -> BusinessCall:
    return BusinessCall(name=invitation.OPERATION, arguments={"code": code}, changes=changes)


def test_it_is_answered_beside_the_business_system_and_writes_nothing(tmp_path: Path) -> None:
    code, _ = invite(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    business = WithInvitations(Shop(), tmp_path, wall=lambda: NOW)
    result = business.call(looked_up(code))
    assert (result.ok, result.values["who"]) == (True, "王丽")
    other = BusinessCall(name="find_order", arguments={}, changes=False)
    assert business.call(other).values == {"from": "shop"}
    assert business.call(looked_up(code, changes=True)).error == "refused"
    bad = BusinessCall(name=invitation.OPERATION, arguments={"pin": code}, changes=False)
    assert business.call(bad).error == "refused"
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_guessing_closes_the_door_for_a_while(tmp_path: Path) -> None:
    code, _ = invite(tmp_path)
    wrong = f"{(int(code) + 1) % 10**6:06d}"
    at = 0.0
    business = WithInvitations(Shop(), tmp_path, wall=lambda: NOW, clock=lambda: at)
    for _ in range(MOST_WRONG):
        assert business.call(looked_up(wrong)).error == "not_found"
    assert business.call(looked_up(code)).error == "refused", "right or wrong is not told any more"
    at = WRONG_IN_S + 1
    assert business.call(looked_up(code)).ok


def test_the_file_is_of_its_format(tmp_path: Path) -> None:
    invite(tmp_path)
    data = json.loads((tmp_path / "voices" / "invitations.json").read_text("utf-8"))
    assert data["format"] == "kefu-voice-invitations/1"
    assert msgspec.convert(data, invitation.Invitations).invitations[0].voice == "wang-li"
