"""``kefuctl voice invite``, and ``voice enroll --call``, as people meet them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest

from daemon.ctl import main
from daemon.voices.invitation import find

Ctl = Callable[..., tuple[int, str, str]]


@pytest.fixture
def ctl(capfd: pytest.CaptureFixture[str], tmp_path: Path) -> Ctl:
    def run(*arguments: str) -> tuple[int, str, str]:
        code = main.main(["voice", *arguments, "--state", str(tmp_path)])
        return code, *capfd.readouterr()

    return run


def test_a_code_is_printed_once_and_holds(ctl: Ctl, tmp_path: Path) -> None:
    code, out, err = ctl("invite", "wang-li", "--who", "王丽", "--purpose", "接听客户来电")
    assert code == 0
    digits = re.findall(r"\b\d{6}\b", out)
    assert len(digits) == 1
    assert digits[0] not in err
    found = find(tmp_path, digits[0], datetime.now(timezone.utc))
    assert found is not None
    assert (found.who, found.language) == ("王丽", "zh")


def test_json_holds_the_code(ctl: Ctl, tmp_path: Path) -> None:
    asked = ("--who", "Jane Doe", "--purpose", "answering calls", "--language", "en")
    code, out, _ = ctl("invite", "jane", *asked, "--days", "30", "--json")
    assert code == 0
    told = json.loads(out)
    assert (told["voice"], told["language"]) == ("jane", "en")
    assert find(tmp_path, told["code"], datetime.now(timezone.utc)) is not None


def test_what_is_open_is_listed_and_can_be_withdrawn(ctl: Ctl, tmp_path: Path) -> None:
    assert ctl("invitations")[1] == "No invitation is open.\n"
    _, out, _ = ctl("invite", "wang-li", "--who", "王丽", "--purpose", "接听客户来电", "--json")
    code = json.loads(out)["code"]
    ctl("invite", "chen-hua", "--who", "陈华", "--purpose", "接听客户来电")
    (one, other) = json.loads(ctl("invitations", "--json")[1])
    assert (one["voice"], one["who"], one["sentences"]) == ("wang-li", "王丽", 0)
    assert (other["voice"], one["consented"]) == ("chen-hua", False)
    shown = ctl("invitations")[1]
    assert "王丽" in shown
    assert code not in shown
    assert ctl("invitations", "--withdraw", "wang-li")[0] == 0
    assert find(tmp_path, code, datetime.now(timezone.utc)) is None
    assert "wang-li" not in ctl("invitations")[1]
    again, _, err = ctl("invitations", "--withdraw", "wang-li")
    assert again != 0
    assert "no_such_voice" in err
    assert ctl("invitations", "--withdraw", "../x")[0] != 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("invite", "王丽", "--who", "x", "--purpose", "x"), "bad_voice_name"),
        (("invite", "wang-li", "--who", "", "--purpose", "x"), "bad_invitation"),
        (("invite", "wang-li", "--who", "x", "--purpose", "x", "--days", "0"), "bad_invitation"),
        (("enroll", "wang-li"), "--audio, --call"),
        (("enroll", "wang-li", "--audio", "x.wav", "--call", "3f2a"), "--audio, --call"),
    ],
)
def test_what_cannot_be_asked_is_told(ctl: Ctl, arguments: tuple[str, ...], said: str) -> None:
    code, out, err = ctl(*arguments)
    assert code != 0
    assert said in out + err
