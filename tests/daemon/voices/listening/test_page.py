"""The page of a listening test tells nobody what is what, and asks the network for nothing."""

from __future__ import annotations

import base64
import hashlib
import re
import wave
from io import BytesIO

import msgspec
import numpy as np
import pytest

from daemon.voices.errors import PageTooLarge
from daemon.voices.listening import page as making
from daemon.voices.listening.plan import Plan
from tests.daemon.voices.listening.made import html, planned

_NEXT = {"real": "fitted", "fitted": "stock", "stock": "real"}


def renamed(of: Plan) -> Plan:
    """The same sounds under the same ids, with everything else about them another."""
    clips = tuple(
        msgspec.structs.replace(
            clip, voice="li-na", condition=_NEXT[clip.condition], text="x", source="y.wav"
        )
        for clip in of.clips
    )
    trials = tuple(
        msgspec.structs.replace(one, voice="li-na", condition=_NEXT[one.condition], repeats="")
        for one in of.trials
    )
    return Plan(clips=clips, trials=trials)


def test_the_page_is_the_same_whatever_the_conditions_are() -> None:
    made = planned()
    assert html(made) == html(renamed(made))


def test_no_name_of_a_voice_a_file_or_a_condition_is_in_it() -> None:
    text = re.sub(r"data:audio/wav;base64,[^\"]*", "", html(planned()).decode())
    for word in ("wang", "zf_xiaoxiao", "fitted", "stock", "0001.wav", "第1句话", "condition"):
        assert word not in text, word


def test_headers_differ_in_nothing_but_the_length() -> None:
    made = planned()
    found = re.findall(r"data:audio/wav;base64,([^\"]*)", html(made).decode())
    files = [base64.b64decode(one) for one in found]
    assert len(files) == len(made.clips)
    assert len({(one[:4], one[8:40]) for one in files}) == 1
    for one in files:
        with wave.open(BytesIO(one)) as wav:
            assert (wav.getframerate(), wav.getsampwidth(), wav.getnchannels()) == (8_000, 2, 1)
            assert 44 + 2 * wav.getnframes() == len(one)


def test_its_policy_lets_nothing_in_but_its_own_script_and_style() -> None:
    text = html(planned()).decode()
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[0]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    script = text.rpartition("<script>")[2].partition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in policy
    assert not re.search(r"https?://|url\(|@import|src=", text)


def test_all_three_languages_say_everything_with_the_same_places() -> None:
    text = html(planned()).decode()
    words = msgspec.json.decode(text.partition('id="words">')[2].partition("</script>")[0].encode())
    assert set(words) == {"zh-Hans", "zh-Hant", "en"}

    def shape(value: str | list[str]) -> object:
        if isinstance(value, list):
            return len(value)
        return sorted(re.findall(r"\{\w+\}", value))

    shapes = [{name: shape(value) for name, value in one.items()} for one in words.values()]
    assert shapes[0] == shapes[1] == shapes[2]
    assert [len(one["quality"]) for one in words.values()] == [5, 5, 5]


def test_a_page_that_cannot_be_handed_around_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "MOST_BYTES", 60_000)
    with pytest.raises(PageTooLarge, match="MiB"):
        html(planned())


def test_a_data_uri_is_the_sound_bit_by_bit() -> None:
    pcm = np.array([0, 1, -1, 32767, -32768], np.int16)
    uri = making.data_uri(pcm, 16_000)
    with wave.open(BytesIO(base64.b64decode(uri.partition(",")[2]))) as wav:
        assert np.frombuffer(wav.readframes(9), "<i2").tolist() == pcm.tolist()
