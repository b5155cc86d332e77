"""Settings and records go only where the operator says so in full."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Final

import pytest

SCRIPT: Final = Path(__file__).parents[3] / "scripts" / "uninstall"


@pytest.fixture
def box(tmp_path: Path) -> Path:
    for name in ("etc/kefu/kefu.toml", "var/lib/kefu/records.sqlite", "opt/kefu/releases/1/python"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text("")
    return tmp_path


def _uninstall(box: Path, purge: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "DESTDIR": str(box), "PURGE": purge}
    return subprocess.run([SCRIPT], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("purge", ["", "0"])
def test_they_stay(box: Path, purge: str) -> None:
    done = _uninstall(box, purge)
    assert done.returncode == 0
    assert "Left: /etc/kefu" in done.stdout
    assert (box / "etc/kefu/kefu.toml").exists()
    assert (box / "var/lib/kefu/records.sqlite").exists()
    assert not (box / "opt/kefu").exists()


def test_they_go(box: Path) -> None:
    assert _uninstall(box, "1").returncode == 0
    assert not (box / "etc/kefu").exists()
    assert not (box / "var/lib/kefu").exists()


@pytest.mark.parametrize("purge", ["no", "yes", "2", " "])
def test_what_is_neither_is_asked_back(box: Path, purge: str) -> None:
    done = _uninstall(box, purge)
    assert done.returncode == 2
    assert "PURGE=1" in done.stderr
    assert (box / "opt/kefu/releases/1/python").exists()
    assert (box / "etc/kefu/kefu.toml").exists()
