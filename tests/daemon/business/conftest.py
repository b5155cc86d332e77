"""A seeded shop and a caller at it."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.business.seed import make_database
from engines.dialog.dialogue import Dialogue
from engines.dialog.playbook import load_playbook
from tests.daemon.business.scripted import EXAMPLES, Caller, Shop


@pytest.fixture(scope="session")
def dialogue() -> Dialogue:
    return Dialogue(load_playbook(EXAMPLES / "scenarios"))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    database = tmp_path / "shop.sqlite"
    make_database(EXAMPLES / "shop/seed.sql", database)
    return Shop(database)


@pytest.fixture
def caller(dialogue: Dialogue, shop: Shop) -> Caller:
    return Caller(dialogue, shop)
