"""kefuctl as people and scripts meet it: exit codes, messages with a mend, JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from daemon.ctl import checks, engines_of, errors, main
from kefu.errors import KefuError

ROOT = Path(__file__).parents[3]


def kefuctl(*arguments: object, capfd: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    code = main.main([str(argument) for argument in arguments])
    out, err = capfd.readouterr()
    return code, out, err


@pytest.mark.parametrize("verb", main.VERBS)
def test_every_verb_has_help_with_examples(verb: str, capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = kefuctl(verb, "--help", capfd=capfd)
    assert code == 0
    if verb not in ("calls", "config", "eval", "scenario", "voice"):
        assert "Examples" in out
        assert f"kefuctl {verb}" in out
        assert "--json" in out


def test_help_lists_the_verbs_and_the_exit_codes(capfd: pytest.CaptureFixture[str]) -> None:
    code, out, _ = kefuctl("--help", capfd=capfd)
    assert code == 0
    for verb in main.VERBS:
        assert verb in out
    assert "Exit codes" in out


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("nonsense",), 2, "nonsense"),
        (("status",), 3, "gateway_unreachable"),
        (("status", "--json"), 3, "gateway_unreachable"),
        (("calls", "show", "abc"), 6, "no_such_call"),
        (("pull", "--profile", "../../x"), 7, "catalogue_invalid"),
        (("pull", "--profile", "cpu"), 7, "no profile"),
        (("understand", " "), 2, "nothing_to_say"),
        (("understand", "你好"), 7, "no_release"),
        (("say", "", "-o", "x.wav"), 2, "nothing_to_say"),
        (("transcribe", "none.wav"), 5, "bad_audio_file"),
        (("call",), 2, "either a FILE or --say"),
        (("call", "--say", "hi", "--keys", "1x"), 2, "is on no keypad"),
        (("call", "none.wav"), 5, "bad_audio_file"),
        (("calls", "list", "--limit", "0"), 2, "limit"),
    ],
)
def test_each_failure_has_its_code_and_says_what_to_do(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    code: int,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KEFU_STATE", str(tmp_path))
    got, out, err = kefuctl(*arguments, capfd=capfd)
    assert got == code
    assert says in err
    assert out == ""


def test_no_calls_yet_is_no_failure(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert kefuctl("calls", "list", "--state", tmp_path, capfd=capfd)[0] == 0
    code, out, _ = kefuctl("calls", "list", "--state", tmp_path, "--json", capfd=capfd)
    assert (code, json.loads(out)) == (0, [])


def test_doctor_names_the_command_that_mends(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    code, out, _ = kefuctl("doctor", "--state", tmp_path, "--json", capfd=capfd)
    found = {check["name"]: check for check in json.loads(out)}
    assert code == 7
    assert found["espeak-ng"]["verdict"] == "missing"
    assert "apt-get install espeak-ng" in found["espeak-ng"]["mend"]
    assert found["weights"]["verdict"] == "missing"
    assert "kefuctl pull" in found["weights"]["mend"]
    assert found["core"]["verdict"] == "ok"


def test_doctor_works_where_the_core_was_never_compiled(tmp_path: Path) -> None:
    hidden = "import sys; sys.modules['engines._core'] = None\n"
    program = hidden + (
        "from daemon.ctl.main import main\n"
        f"sys.exit(main(['doctor', '--json', '--state', {str(tmp_path)!r}]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False
    )
    found = {check["name"]: check for check in json.loads(done.stdout)}
    assert done.returncode == 7
    assert found["core"]["mend"] == "make setup"


def test_a_verb_that_needs_the_core_says_so() -> None:
    program = (
        "import sys; sys.modules['engines._core'] = None\n"
        "from daemon.ctl.main import main\n"
        "sys.exit(main(['transcribe', 'x.wav']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 7
    assert "make setup" in done.stderr
    assert "Traceback" not in done.stderr


def test_little_room_and_memory_are_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_memory_available", lambda: 100_000_000)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    found = {check.name: check for check in checks.examine(tmp_path, tmp_path, "lite")}
    assert found["memory"].verdict == "weak"
    assert found["cores"].verdict == "weak"


def test_exit_codes_of_all_errors_are_documented() -> None:
    def every(kind: type[KefuError]) -> Iterator[type[KefuError]]:
        for one in kind.__subclasses__():
            yield one
            yield from every(one)

    main.build()
    assert {error.exit_code for error in every(KefuError)} <= set(errors.EXIT_CODES)


def test_engines_are_loaded_with_the_scenarios_of_the_box(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "kefu.toml").write_text('[dialog]\nscenarios = "/nowhere/at/all"\n')
    monkeypatch.setenv("KEFU_CONFIG", str(tmp_path / "kefu.toml"))
    monkeypatch.setattr("daemon.ctl.engines_of.load_release", lambda *_: _Checked())
    with pytest.raises(KefuError, match="/nowhere/at/all"):
        engines_of.load(tmp_path, "lite")


class _Checked:
    files = Path("nowhere")
    settings: ClassVar[dict[str, dict[str, str]]] = {}
