"""The ledger: each line signed, in its place; what was cut off is no line."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from daemon.objects.errors import DiskFull
from daemon.voices import key
from daemon.voices.clock import is_wrong
from daemon.voices.errors import LedgerDamaged, SiteKeyUnusable
from daemon.voices.ledger import FIRST, Entry, Ledger
from tests.daemon.voices.faults import full_at, killed_at
from tests.daemon.voices.voice_box import NOW

UNSET = datetime(1970, 1, 1, tzinfo=timezone.utc)
AHEAD = datetime(2100, 1, 1, tzinfo=timezone.utc)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """Of three entries."""
    made = Ledger(tmp_path)
    made.append("consent", "wang", now=NOW, by="王小明", consent_id="a" * 32)
    made.append("made", "wang", now=NOW, consent_id="a" * 32, voice_sha256="b" * 64)
    made.append("approved", "wang", now=NOW, by="Chen Li", consent_id="a" * 32)
    return made


def test_entries_in_their_order(ledger: Ledger) -> None:
    history = ledger.read()
    assert [one.event for one in history.entries] == ["consent", "made", "approved"]
    assert [one.number for one in history.entries] == [1, 2, 3]
    lines = ledger.path.read_bytes().splitlines()
    assert history.entries[0].previous == FIRST
    assert history.entries[2].previous == hashlib.sha256(lines[1]).hexdigest()
    assert history.latest == NOW
    assert not history.torn


def test_with_a_voice_all_its_consents_end(ledger: Ledger) -> None:
    ledger.append("consent", "wang", now=NOW, consent_id="c" * 32)
    ledger.append("consent", "li-hua", now=NOW, consent_id="d" * 32)
    ledger.append("revoked", "wang", now=NOW)
    assert set(ledger.read().ended) == {"a" * 32, "c" * 32}


def changed(line: int, **fields: object) -> Callable[[list[bytes]], list[bytes]]:
    def change(lines: list[bytes]) -> list[bytes]:
        entry = json.loads(lines[line]) | fields
        made = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return [*lines[:line], made.encode(), *lines[line + 1 :]]

    return change


TAMPERED: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "a word": changed(1, voice="li-hua"),
    "another time": changed(2, at="2036-01-01T00:00:00+00:00"),
    "no time": changed(2, at="yesterday"),
    "an event": changed(2, event="crowned"),
    "a field": changed(2, colour="red"),
    "a signature": changed(2, signature="00" * 64),
    "no signature": changed(2, signature=""),
    "another key's id": changed(2, key_id="0" * 16),
    "the first left out": lambda lines: lines[1:],
    "one left out": lambda lines: [lines[0], lines[2]],
    "two swapped": lambda lines: [lines[1], lines[0], lines[2]],
    "one twice": lambda lines: [*lines, lines[2]],
    "an empty line": lambda lines: [*lines, b""],
    "no JSON": lambda lines: [*lines, b"approved wang"],
    "deep JSON": lambda lines: [*lines, b"[" * 100_000],
    "binary": lambda lines: [*lines, b"\xff\x00\xfe"],
}


@pytest.mark.parametrize("change", TAMPERED.values(), ids=TAMPERED.keys())
def test_a_ledger_that_was_changed(
    ledger: Ledger, change: Callable[[list[bytes]], list[bytes]]
) -> None:
    lines = change(ledger.path.read_bytes().splitlines())
    ledger.path.write_bytes(b"".join(line + b"\n" for line in lines))
    with pytest.raises(LedgerDamaged):
        ledger.read()
    before = ledger.path.read_bytes()
    with pytest.raises(LedgerDamaged):
        ledger.append("exported", "wang", now=NOW)
    assert ledger.path.read_bytes() == before


def test_what_was_verified_once_is_not_verified_again(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.read()
    verified = []
    real = Ledger._entry

    def entry(self: Ledger, line: bytes, *more: Any) -> Entry:
        verified.append(line)
        return real(self, line, *more)

    monkeypatch.setattr(Ledger, "_entry", entry)
    assert len(ledger.read().entries) == 3
    ledger.append("exported", "wang", now=NOW)
    assert len(ledger.read().entries) == 4
    assert len(verified) == 1
    assert len(Ledger(ledger.path.parents[1]).read().entries) == 4
    assert len(verified) == 5


def test_what_was_revoked_is_as_old_as_what_was_written_before(ledger: Ledger) -> None:
    first = ledger.append("revoked", "wang", now=UNSET)
    second = ledger.append("revoked", "li-hua", now=AHEAD)
    history = ledger.read()
    assert (history.at(first), history.at(second)) == (NOW, AHEAD)
    assert history.latest == NOW
    later = NOW + timedelta(days=1)
    ledger.append("consent", "zhang", now=later)
    assert ledger.read().at(second) == later


@pytest.mark.parametrize("wrong", [UNSET, AHEAD, datetime(9997, 1, 1, tzinfo=timezone.utc)])
def test_what_was_revoked_first_of_all_holds_nobody_up(tmp_path: Path, wrong: datetime) -> None:
    alone = Ledger(tmp_path)
    alone.append("revoked", "wang", now=wrong)
    assert alone.read().latest is None
    alone.append("consent", "li-hua", now=NOW)
    assert alone.read().latest == NOW
    assert not is_wrong(NOW, alone.read().latest)


def test_a_line_that_was_cut_off_anywhere_is_none(ledger: Ledger) -> None:
    whole = ledger.path.read_bytes()
    last = whole.rstrip(b"\n").rfind(b"\n") + 1
    for end in range(last, len(whole), 37):
        ledger.path.write_bytes(whole[:end])
        history = ledger.read()
        assert len(history.entries) == 2
        assert history.torn == (end > last)
    ledger.append("approved", "wang", now=NOW)
    assert [one.event for one in ledger.read().entries] == ["consent", "made", "approved"]


@pytest.mark.parametrize("step", range(1, 12))
def test_killed_at_each_step(ledger: Ledger, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with killed_at(step, monkeypatch):
        ledger.append("revoked", "wang", now=NOW)
    assert len(ledger.read().entries) in (3, 4)
    ledger.append("deleted", "wang", now=NOW)
    assert ledger.read().entries[-1].event == "deleted"


@pytest.mark.parametrize("step", range(1, 4))
def test_a_full_disk_at_each_step(
    ledger: Ledger, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with full_at(step, monkeypatch), pytest.raises(DiskFull):
        ledger.append("revoked", "wang", now=NOW)
    assert ledger.read().torn is False
    ledger.append("deleted", "wang", now=NOW)


def test_two_that_append_at_once_lose_nothing(ledger: Ledger, tmp_path: Path) -> None:
    program = (
        "import sys, pathlib, datetime\n"
        "from daemon.voices.ledger import Ledger\n"
        "for _ in range(20):\n"
        "    Ledger(pathlib.Path(sys.argv[1])).append('exported', 'wang',"
        " now=datetime.datetime(2026, 12, 1, tzinfo=datetime.timezone.utc))\n"
    )
    root = Path(__file__).parents[3]
    children = [
        subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], cwd=root) for _ in range(3)
    ]
    assert [one.wait() for one in children] == [0, 0, 0]
    assert len(ledger.read().entries) == 63


def test_the_key(ledger: Ledger, tmp_path: Path) -> None:
    private, public = key.private_path(tmp_path), key.public_path(tmp_path)
    assert private.stat().st_mode & 0o777 == 0o600
    assert key.key_id(key.public_key(public)) == ledger.read().entries[0].key_id
    public.unlink()
    with pytest.raises(LedgerDamaged):
        ledger.read()
    ledger.append("exported", "wang", now=NOW)
    assert public.exists()
    private.chmod(0o640)
    with pytest.raises(SiteKeyUnusable, match="others"):
        key.site_key(tmp_path)
    private.unlink()
    with pytest.raises(SiteKeyUnusable, match="lost"):
        ledger.append("exported", "wang", now=NOW)
    private.write_bytes(b"-----BEGIN PRIVATE KEY-----\n")
    private.chmod(0o600)
    with pytest.raises(SiteKeyUnusable):
        key.site_key(tmp_path)


def test_another_key_in_its_place(ledger: Ledger, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    key.site_key(other)
    os.replace(key.private_path(other), key.private_path(tmp_path))
    with pytest.raises(LedgerDamaged):
        ledger.append("approved", "wang", now=NOW)
    with pytest.raises(LedgerDamaged):
        ledger.read()


def test_the_latest_time_is_the_latest_of_all(ledger: Ledger) -> None:
    ledger.append("revoked", "wang", now=NOW - timedelta(days=20_000))
    assert ledger.read().latest == NOW


@pytest.fixture
def quick() -> Iterator[None]:
    """Ends what waits on a pipe."""

    def ended(number: int, frame: object) -> None:
        raise AssertionError("it waits")

    before = signal.signal(signal.SIGALRM, ended)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def test_a_pipe_that_takes_the_place_of_a_file_at_the_last_moment(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quick: None
) -> None:
    public = key.public_path(tmp_path)
    ledger.path.unlink()
    os.mkfifo(ledger.path)
    public.unlink()
    os.mkfifo(public)
    monkeypatch.setattr(Path, "is_file", lambda path: True)  # as it was a moment before
    for use in (ledger.read, lambda: ledger.append("revoked", "wang", now=NOW)):
        with pytest.raises(LedgerDamaged, match="no ordinary file"):
            use()
        public.unlink(missing_ok=True)
        os.mkfifo(public)
    with pytest.raises(SiteKeyUnusable):
        key.public_key(public)
    key.site_key(tmp_path)
    assert key.public_key(public), "it is written anew"


def test_a_link_is_no_ledger_and_no_key(ledger: Ledger, tmp_path: Path) -> None:
    for path in (ledger.path, key.public_path(tmp_path)):
        path.rename(tmp_path / path.name)
        path.symlink_to(tmp_path / path.name)
        with pytest.raises(LedgerDamaged):
            ledger.read()
        path.unlink()
        (tmp_path / path.name).rename(path)
    assert len(ledger.read().entries) == 3
    private = key.private_path(tmp_path)
    private.rename(tmp_path / "elsewhere.pem")
    private.symlink_to(tmp_path / "elsewhere.pem")
    with pytest.raises(SiteKeyUnusable):
        key.site_key(tmp_path)
