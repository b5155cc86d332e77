"""``kefuctl scenario try`` and ``replay`` as people use them: lines in, turns and rows out."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest

from daemon.ctl import main

ROOT = Path(__file__).parents[3]
STATE = Path(os.environ.get("KEFU_STATE", ROOT / "var"))
NOW = ("--now", "2026-11-24T10:00:00")


def try_(
    *lines: str,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    options: tuple[str, ...] = (),
) -> str:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
    code = main.main(["scenario", "try", "refund", *NOW, "--state", str(STATE), *options])
    out, err = capfd.readouterr()
    assert code == 0, err
    return out


def test_a_call_with_its_reasons_and_its_row(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    out = try_(
        "我要退款，订单A1024", "对", "没有了", "never said", monkeypatch=monkeypatch, capfd=capfd
    )
    for piece in (
        "refund_request",
        "ORDER_ID A1024 → A1024",
        "slot      order_id = A1024",
        "find_refund(order_id=A1024)",
        "writes",
        "because",
        "confirm_change → confirm refund",
        "expects yes_no",
        "R7002",
        "ends completed",
        "+ refunds number=7002 order_id=A1024 amount_fen=29900 reason=''",
    ):
        assert piece in out, piece
    assert "never said" not in out


def test_what_else_can_happen(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    out = try_(
        "/help",
        "/nonsense",
        "/busy",
        "/silence",
        "/noise",
        "/mumble 退款",
        "/angry 我要退款，订单A1024",
        "/state",
        "/down",
        "对",
        "/busy",
        "/up",
        "/quit",
        monkeypatch=monkeypatch,
        capfd=capfd,
        options=("--language", "zh"),
    )
    for piece in (
        "press keys",
        "No such command: /nonsense",
        "No transfer is pending.",
        "emotion   angry 0.90",
        '"step": "confirm refund"',
        "unavailable",
        "transfer",
        "nothing has changed",
    ):
        assert piece in out, piece
    assert out.count("agent") >= 7
    assert "caller /silence" in out


def test_turns_as_json(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    out = try_("退款", monkeypatch=monkeypatch, capfd=capfd, options=("--json",))
    greeting, asked = json.loads(out)
    assert greeting["move"]["action"] == "greet"
    assert asked["move"]["state"]["step"] == "ask order_id"


def test_without_weights_it_says_what_to_do(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main.main(["scenario", "try", "--state", str(tmp_path)]) == 7
    assert "kefuctl pull" in capfd.readouterr().err


CALLS = """\
scenario: refund
language: zh
call: As it goes
caller: 我要退款，订单A1024
says: 299元
hangs up
outcome: abandoned
call: Not as it goes
caller: 我要退款，订单A1024
says: 300元
caller: 对
outcome: abandoned
"""


def test_replay_tells_what_is_wrong(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    calls = tmp_path / "a.calls"
    calls.write_text(CALLS, encoding="utf-8")
    arguments = ["scenario", "replay", "--state", str(STATE), str(calls)]
    assert main.main(arguments) == 2
    out, err = capfd.readouterr()
    assert "a.calls:8 Not as it goes" in out
    assert "10: '300元' is not in" in out
    assert "the outcome is still going on, not abandoned" in out
    assert "+ refunds number=7002" in out
    assert "2 calls, 1 exactly as written, 0 known gaps" in err
    calls.write_text(CALLS.replace("call: Not", "call: Not\nxfail: known, Not"), encoding="utf-8")
    assert main.main([*arguments, "--json"]) == 0
    right, wrong = json.loads(capfd.readouterr().out)
    assert right["faults"] == []
    assert len(wrong["faults"]) == 3
    calls.write_text(CALLS.replace("scenario: refund", "scenario: none"), encoding="utf-8")
    assert main.main(arguments) == 6
