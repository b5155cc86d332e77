"""kefuctl config: mistakes are found before a restart, and what holds can be seen."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from pathlib import Path

import pytest
from msgspec.structs import replace

from daemon.ctl import main
from daemon.settings import Settings
from daemon.settings_file import installed, text
from daemon.voices.approval import approve
from daemon.voices.settings import PersonalVoiceSettings
from tests.daemon.voices.voice_box import box, consented, enrolled, made

ROOT = Path(__file__).parents[3]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """An installed box's settings, in a folder of their own."""
    for link, target in (
        ("scenarios", ROOT / "examples" / "scenarios"),
        ("business", ROOT / "examples" / "shop"),
    ):
        (tmp_path / link).symlink_to(target)
    path = tmp_path / "kefu.toml"
    path.write_text(text(installed(tmp_path)))
    return path


def kefuctl(*words: object, capfd: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = main.main([str(word) for word in ("config", *words)])
    out, err = capfd.readouterr()
    return code, out, err


def test_a_right_file_is_right(config: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = kefuctl("check", "--config", config, "--json", capfd=capfd)
    found = json.loads(out)
    assert code == 0
    assert [one["name"] for one in found] == ["settings", "scenarios", "operations", "database"]
    assert {one["verdict"] for one in found} == {"ok"}


def test_a_voice_that_may_not_speak_is_told(
    config: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    name, state = "wang-xiaoming", tmp_path / "state"
    voices = PersonalVoiceSettings(zh=name)
    config.write_text(text(replace(installed(tmp_path), personal_voices=voices)))

    def told() -> tuple[str, str]:
        asked = ("check", "--config", config, "--state", state, "--json")
        code, out, _ = kefuctl(*asked, capfd=capfd)
        assert code == 0
        (found,) = (one for one in json.loads(out) if one["name"] == "voice zh")
        return found["verdict"], found["found"]

    assert told() == ("weak", f"{name} is not enrolled here: the stock voice speaks")
    now = datetime.now(timezone.utc)
    state.mkdir()
    enrolled(box(state), name, now=now)
    made(state, consented(state, name, now=now), now=now)
    assert told() == ("weak", f"{name} is made: the stock voice speaks")
    approve(state, name, by="Chen Li", now=now)
    assert told() == ("ok", f"{name} is approved")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("[gateway]\nmax_cals = 3\n", "Did you mean gateway.max_calls?"),
        ("[dialog]\nscenarios = '/none'\n", "/none"),
        ("[business]\noperations = '/none.toml'\n", "/none.toml"),
        ("[business]\ndatabase = '/none.sqlite'\n", "business.database"),
        ("[business]\nseed = '/none.sql'\n", "business.seed"),
    ],
)
def test_a_mistake_is_named(
    config: Path,
    change: str,
    says: str,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    config.write_text(change)
    code, out, err = kefuctl("check", "--config", config, capfd=capfd)
    assert code == 2
    assert says in out + err


def test_a_newer_file_beside_ones_own_is_pointed_at(
    config: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config.with_name("kefu.toml.new").write_text("")
    code, out, _ = kefuctl("check", "--config", config, capfd=capfd)
    assert code == 0
    assert f"diff {config} {config}.new" in out


def test_the_environment_names_the_file(
    config: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text("[gateway]\nmax_calls = 3\n")
    monkeypatch.setenv("KEFU_CONFIG", str(config))
    code, out, _ = kefuctl("show", "--json", capfd=capfd)
    assert code == 0
    assert json.loads(out)["gateway"]["max_calls"] == 3


def test_show_marks_what_was_changed(config: Path, capfd: pytest.CaptureFixture[str]) -> None:
    config.write_text("[gateway]\nmax_calls = 3\n")
    code, out, _ = kefuctl("show", "--config", config, capfd=capfd)
    assert code == 0
    lines = out.splitlines()
    assert "[gateway]" in lines
    assert "max_calls = 3  # default: 0" in lines
    assert f"max_call_ms = {Settings().gateway.max_call_ms}" in lines


def test_diff_names_what_differs(config: Path, capfd: pytest.CaptureFixture[str]) -> None:
    config.write_text("[gateway]\nmax_calls = 3\n[worker]\ncommand = ['a', '[b]']\n")
    code, out, _ = kefuctl("diff", "--config", config, "--json", capfd=capfd)
    assert code == 0
    assert json.loads(out) == [
        {"key": "gateway.max_calls", "value": 3, "other": 0},
        {"key": "worker.command", "value": ["a", "[b]"], "other": []},
    ]
    code, out, _ = kefuctl("diff", "--config", config, capfd=capfd)
    assert '["a", "[b]"]' in out


def test_diff_of_two_files(
    config: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")  # so that no long path breaks a sentence
    config.write_text("[gateway]\nmax_calls = 3\n")
    other = config.with_name("other.toml")
    other.write_text("[gateway]\nmax_calls = 4\n")
    _, out, _ = kefuctl("diff", other, "--config", config, "--json", capfd=capfd)
    assert json.loads(out) == [{"key": "gateway.max_calls", "value": 3, "other": 4}]
    other.write_text(config.read_text())
    _, out, _ = kefuctl("diff", other, "--config", config, capfd=capfd)
    assert out == "Nothing differs.\n"
    code, _, err = kefuctl("diff", config.with_name("none"), "--config", config, capfd=capfd)
    assert code == 2
    assert "is not there" in err
