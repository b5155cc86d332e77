"""A new version never replaces what the operator wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.install.operators_files import RECORD, Placed, main, place


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    (folder / "scenarios").mkdir(parents=True)
    (folder / "kefu.toml").write_text("one\n")
    (folder / "scenarios" / "refund.yaml").write_text("refund 1\n")
    return folder


@pytest.fixture
def target(source: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "etc"
    assert {one.outcome for one in place(source, folder)} == {"written"}
    return folder


def test_a_second_installation_changes_nothing(source: Path, target: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in target.rglob("*.*") if path.name != RECORD}
    assert place(source, target) == []
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_what_the_operator_left_alone_is_updated(source: Path, target: Path) -> None:
    (target / "kefu.toml").chmod(0o600)
    (source / "kefu.toml").write_text("two\n")
    assert place(source, target) == [Placed("kefu.toml", "written")]
    assert (target / "kefu.toml").read_text() == "two\n"
    assert (target / "kefu.toml").stat().st_mode & 0o777 == 0o600


def test_what_he_changed_stays_and_ours_lies_beside_it(source: Path, target: Path) -> None:
    (target / "kefu.toml").write_text("his\n")
    assert place(source, target) == []  # nothing new to tell him
    (source / "kefu.toml").write_text("two\n")
    assert place(source, target) == [Placed("kefu.toml", "kept")]
    assert (target / "kefu.toml").read_text() == "his\n"
    assert (target / "kefu.toml.new").read_text() == "two\n"
    (target / "kefu.toml").write_text("two\n")  # he takes ours
    assert place(source, target) == []
    assert not (target / "kefu.toml.new").exists()


def test_what_he_removed_stays_away(source: Path, target: Path) -> None:
    (target / "scenarios" / "refund.yaml").unlink()
    assert place(source, target) == []
    (source / "scenarios" / "refund.yaml").write_text("refund 2\n")
    assert place(source, target) == [Placed("scenarios/refund.yaml", "removed")]
    assert not (target / "scenarios" / "refund.yaml").exists()


def test_what_he_added_or_linked_is_his(source: Path, target: Path, tmp_path: Path) -> None:
    (target / "scenarios" / "own.yaml").write_text("own\n")
    elsewhere = tmp_path / "elsewhere.toml"
    (target / "kefu.toml").rename(elsewhere)
    (target / "kefu.toml").symlink_to(elsewhere)
    (source / "kefu.toml").write_text("two\n")
    assert place(source, target) == [Placed("kefu.toml", "kept")]
    assert elsewhere.read_text() == "one\n"
    assert (target / "scenarios" / "own.yaml").read_text() == "own\n"


@pytest.mark.parametrize("record", ["", "[1]", '{"kefu.toml": 3}', "\xff"])
def test_without_a_record_everything_is_his(source: Path, target: Path, record: str) -> None:
    (target / RECORD).write_text(record, encoding="latin-1")
    (source / "kefu.toml").write_text("two\n")
    assert place(source, target) == [Placed("kefu.toml", "kept")]


def test_the_command_says_what_it_kept(
    source: Path, target: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (target / "kefu.toml").write_text("his\n")
    (source / "kefu.toml").write_text("two\n")
    assert main([str(source), str(target)]) == 0
    said = capsys.readouterr().out
    assert f"kept {target}/kefu.toml, which you changed; this version's: kefu.toml.new" in said
    assert "0 files written" in said


def test_a_target_that_cannot_be_made_is_named(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main([str(source), str(tmp_path / "file" / "etc")]) == 5
    assert str(tmp_path / "file") in capsys.readouterr().err
