"""``capacity.json``: one number for each release and machine, and files that are none."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path

import msgspec
import pytest

from daemon.release.capacity import (
    Capacity,
    Machine,
    read,
    store,
    stored_capacity,
    this_machine,
)

BOX = Machine(cpu="AMD EPYC", cores=2)


def measured(max_calls: int, release: str = "lite-1", machine: Machine = BOX) -> Capacity:
    return Capacity(release=release, machine=machine, max_calls=max_calls)


def test_a_number_holds_for_its_release_and_machine_only(tmp_path: Path) -> None:
    path = tmp_path / "capacity.json"
    store(path, measured(3))
    store(path, measured(5, release="lite-2"))
    store(path, measured(9, machine=msgspec.structs.replace(BOX, cores=8)))
    assert stored_capacity(path, "lite-1", BOX) == 3
    assert stored_capacity(path, "lite-2", BOX) == 5
    assert stored_capacity(path, "lite-3", BOX) is None
    assert stored_capacity(path, "lite-1", Machine(cpu="Ampere", cores=2)) is None
    assert stored_capacity(path, "lite-1", msgspec.structs.replace(BOX, cores=8)) == 9


def test_a_new_measurement_replaces_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "capacity.json"
    store(path, measured(3))
    store(path, measured(2))
    assert stored_capacity(path, "lite-1", BOX) == 2
    assert len(read(path).measured) == 1
    assert os.listdir(tmp_path) == ["capacity.json"]


def test_the_file_does_not_grow_for_ever(tmp_path: Path) -> None:
    path = tmp_path / "capacity.json"
    for number in range(80):
        store(path, measured(2, release=f"lite-{number}"))
    assert len(read(path).measured) <= 64
    assert stored_capacity(path, "lite-79", BOX) == 2
    assert stored_capacity(path, "lite-0", BOX) is None


def test_this_machine_is_found_again(tmp_path: Path) -> None:
    path = tmp_path / "capacity.json"
    store(path, measured(4, machine=this_machine()))
    assert this_machine().cpu
    assert stored_capacity(path, "lite-1") == 4


GOOD = msgspec.to_builtins(measured(3))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"measured":' + b"[" * 100_000,
        b'{"format":"kefu-capacity/2","measured":[]}',
        json.dumps({"measured": [{**GOOD, "max_calls": 0}]}).encode(),
        json.dumps({"measured": [{**GOOD, "max_calls": -1}]}).encode(),
        json.dumps({"measured": [{**GOOD, "max_calls": 10**9}]}).encode(),
        json.dumps({"measured": [{**GOOD, "max_calls": "3"}]}).encode(),
        json.dumps({"measured": [{**GOOD, "max_calls": 2.5}]}).encode(),
        json.dumps({"measured": [{**GOOD, "machine": "mine"}]}).encode(),
        json.dumps({"measured": [GOOD]}).encode() + b" " * (1 << 20),
    ],
)
def test_a_damaged_file_counts_as_none_and_is_logged(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "capacity.json"
    path.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert stored_capacity(path, "lite-1", BOX) is None
    assert "capacity_ignored" in caplog.text
    assert "\n" not in caplog.messages[0]
    store(path, measured(3))
    assert stored_capacity(path, "lite-1", BOX) == 3


def test_no_file_is_nothing_to_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert stored_capacity(tmp_path / "capacity.json", "lite-1", BOX) is None
    assert caplog.text == ""


def test_a_folder_in_its_place_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "capacity.json").mkdir()
    assert stored_capacity(tmp_path / "capacity.json", "lite-1", BOX) is None


def test_where_writing_fails_the_old_number_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "capacity.json"
    store(path, measured(3))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store(path, measured(7))
    assert stored_capacity(path, "lite-1", BOX) == 3
    assert os.listdir(tmp_path) == ["capacity.json"]


def test_a_link_that_somebody_laid_is_not_written_through(tmp_path: Path) -> None:
    path = tmp_path / "capacity.json"
    theirs = tmp_path / "theirs"
    theirs.write_text("theirs")
    (tmp_path / ".capacity.json.draft").symlink_to(theirs)
    path.symlink_to(theirs)
    store(path, measured(3))
    assert theirs.read_text() == "theirs"
    assert not path.is_symlink()
    assert stored_capacity(path, "lite-1", BOX) == 3


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_what_root_measures_belongs_to_the_folders_owner(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65533)
    store(tmp_path / "capacity.json", measured(3))
    found = (tmp_path / "capacity.json").stat()
    assert (found.st_uid, found.st_gid) == (65534, 65533)
    assert found.st_mode & 0o777 == 0o644


def test_a_fifo_in_its_place_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "capacity.json")
    assert stored_capacity(tmp_path / "capacity.json", "lite-1") is None
