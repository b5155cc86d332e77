"""``kefuctl calls rate``, what ``calls show`` tells of it, and ``kefuctl voice score``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from daemon.ctl import main
from tests.daemon.records.test_ratings import written

Ctl = Callable[..., tuple[int, str, str]]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    path = tmp_path / "state"
    written(path / "records.sqlite", "aa" * 16, ["wang-ming", "wang-ming"], score=3)
    for number in range(10):
        written(path / "records.sqlite", f"{number:02}" * 16, ["wang-ming"], score=2 + number % 2)
    (path / "voices" / "wang-ming").mkdir(parents=True)
    return path


@pytest.fixture
def ctl(state: Path, capfd: pytest.CaptureFixture[str]) -> Ctl:
    def run(*arguments: object) -> tuple[int, str, str]:
        code = main.main([*map(str, arguments), "--state", str(state)])
        return code, *capfd.readouterr()

    return run


def test_a_rating_is_shown_with_its_call(ctl: Ctl) -> None:
    code, out, _ = ctl("calls", "rate", "aa", 4, "--by", "[red]chen")
    assert code == 0
    assert "4 by [red]chen, the voice wang-ming" in out
    code, out, _ = ctl("calls", "show", "aa")
    assert "the voice (wang-ming) was rated 4 of 5 by [red]chen" in out
    assert "rated   the voice 3 of 5" in out
    _, out, _ = ctl("calls", "show", "aa", "--json")
    assert [one["score"] for one in json.loads(out)["ratings"]] == [4]


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("aa", 0), 2, "Invalid value"),
        (("aa", 6), 2, "Invalid value"),
        (("aa", "NaN"), 2, "Invalid value"),
        (("ff", 3), 6, "no_such_call"),
        (("", 3), 6, "no_such_call"),
        (("aa", 3, "--by", "x" * 81), 2, "80"),
        (("aa", 3, "--by", "a\nb"), 2, "80"),
    ],
)
def test_what_is_no_rating(ctl: Ctl, arguments: tuple[object, ...], code: int, word: str) -> None:
    found, _, err = ctl("calls", "rate", *arguments)
    assert found == code
    assert word in err


def test_a_low_voice_is_offered_for_fitting_again(ctl: Ctl) -> None:
    code, out, _ = ctl("voice", "score")
    assert code == 0
    assert "2.55" in out
    assert "run kefuctl voice fit wang-ming --again" in out
    _, out, _ = ctl("voice", "score", "wang-ming", "--json")
    told = json.loads(out)
    assert told["to_fit_again"] == ["wang-ming"]
    assert [(one["n"], one["surveys"]) for one in told["scores"]] == [(11, 11)]


def test_list_and_show_offer_it_too_and_do_without_records_that_cannot_be_read(
    ctl: Ctl, state: Path
) -> None:
    for arguments in (("list",), ("show", "wang-ming")):
        code, out, err = ctl("voice", *arguments)
        assert code == 0, err
        assert "run kefuctl voice fit wang-ming --again" in out
    (state / "records.sqlite").write_bytes(b"no database" * 100)
    code, out, err = ctl("voice", "list")
    assert code == 0, err
    assert "wang-ming" in out


def test_a_voice_that_nobody_knows(ctl: Ctl) -> None:
    code, _, err = ctl("voice", "score", "nobody")
    assert code == 7
    assert "no_such_voice" in err
