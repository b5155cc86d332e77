"""The kefu.toml that is installed: every setting with its meaning and default."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from daemon.settings import GatewaySettings, Settings, load_settings
from daemon.settings_file import installed, text, value
from daemon.settings_reference import words


def test_the_installed_file_says_what_it_was_made_from(tmp_path: Path) -> None:
    path = tmp_path / "kefu.toml"
    settings = installed(Path("/etc/kefu"))
    path.write_text(text(settings))
    assert load_settings(path) == settings
    assert settings.dialog.scenarios == "/etc/kefu/scenarios"


def test_each_key_behind_a_hash_is_right_once_the_hash_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "kefu.toml"
    path.write_text(re.sub(r"^# (\w+ = )", r"\1", text(Settings()), flags=re.MULTILINE))
    assert load_settings(path) == Settings()
    keys = len(re.findall(r"^\w+ = ", path.read_text(), re.MULTILINE))
    assert keys == sum(
        len(msgspec.structs.fields(type(section.default)))
        for section in msgspec.structs.fields(Settings)
    )


def test_every_setting_has_a_meaning() -> None:
    missing = [
        f"{section.name}.{field.name}"
        for section in msgspec.structs.fields(Settings)
        for field in msgspec.structs.fields(type(section.default))
        if field.name not in words(type(section.default))
    ]
    assert missing == []


def test_what_differs_from_the_default_names_it() -> None:
    said = text(Settings(gateway=GatewaySettings(max_calls=3)))
    assert "# Default: 0\nmax_calls = 3\n" in said


def test_values_are_toml() -> None:
    awkward = {"a b": ['"', "\\", "福", "\n", "\x7f"], "f": 0.5, "b": True}
    assert msgspec.toml.decode(f"x = {value(awkward)}")["x"] == awkward


def test_what_is_no_value_is_refused() -> None:
    with pytest.raises(TypeError, match="NoneType"):
        value(None)
