"""How much of the system the units may reach."""

from __future__ import annotations

import shutil

import msgspec
import pytest

from benchmarks.results import FOLDER
from benchmarks.security import UNITS, exposure, security_table

MOST = 4.0


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze")
@pytest.mark.parametrize("name", [path.name for path in sorted(UNITS.glob("*.service"))])
def test_a_unit_is_no_root_and_reaches_little(name: str) -> None:
    found = exposure(UNITS / name)
    by_timer = name == "kefu-voice-consents.service"  # nobody speaks to it
    assert found.user in (("root",) if by_timer else ("kefu", "kefu-voices"))
    assert found.exposure <= MOST


def test_the_table_lists_every_unit() -> None:
    table = security_table(msgspec.json.decode((FOLDER / "security.json").read_bytes()))
    assert all(f"`{path.name}`" in table for path in UNITS.glob("*.service"))
