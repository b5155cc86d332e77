"""What is started on an installed box runs no code of the folder that it is started in."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[3]
_UNITS: Final = sorted((ROOT / "systemd").glob("*.service"))


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A folder with a ``daemon`` of its own, which leaves a file when it is run."""
    (tmp_path / "daemon").mkdir()
    (tmp_path / "daemon" / "__init__.py").write_text(
        f"open({str(tmp_path / 'ran')!r}, 'w').close()\nraise SystemExit('planted')\n"
    )
    return tmp_path


def test_kefuctl(planted: Path) -> None:
    script = planted / "kefuctl"
    template = (ROOT / "scripts" / "kefuctl.in").read_text()
    script.write_text(template.replace("@SOFTWARE@", sys.prefix))
    asked = subprocess.run(
        ["sh", script, "--help"], cwd=planted, capture_output=True, text=True, check=False
    )
    assert asked.returncode == 0, asked.stderr
    assert "support-bundle" in asked.stdout
    assert not (planted / "ran").exists()


@pytest.mark.parametrize("unit", _UNITS, ids=lambda path: path.name)
def test_a_unit(unit: Path, planted: Path) -> None:
    (line,) = re.findall(r"^ExecStart=(.+)$", unit.read_text(), re.MULTILINE)
    words = shlex.split(line)
    if words[0] == "/usr/local/bin/kefuctl":
        return  # the test above
    module = words.index("-m") + 1
    command = [sys.executable, *words[1 : module + 1], "--help"]
    asked = subprocess.run(command, cwd=planted, capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stderr
    assert not (planted / "ran").exists()


def test_the_processes_that_they_start_themselves() -> None:
    sources = [path for name in ("daemon", "engines") for path in (ROOT / name).rglob("*.py")]
    started = [
        (path.name, option)
        for path in sources
        for option in re.findall(r"\bsys\.executable,\s*\"(-\w)\"", path.read_text("utf-8"))
    ]
    assert len(started) >= 5
    assert {option for _, option in started} == {"-I"}, started
