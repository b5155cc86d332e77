"""kefu.toml: defaults, values, and errors that name the key's path."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon import settings_reference
from daemon.errors import BadSettings
from daemon.settings import Settings, load_settings


def test_no_file_means_the_defaults() -> None:
    assert load_settings(None) == Settings()


def test_values_are_read(tmp_path: Path) -> None:
    path = tmp_path / "kefu.toml"
    path.write_text("[gateway]\nmax_calls = 3\n[worker]\ncommand = ['toy', '-x']\n")
    settings = load_settings(path)
    assert settings.gateway.max_calls == 3
    assert settings.worker.command == ("toy", "-x")
    assert settings.gateway.media_stalled_ms == 2_000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[gateway]\nmax_calls = 'x'", "gateway.max_calls: expected `int`, got `str`"),
        ("[gateway]\nmax_calls = 2.5", "gateway.max_calls: expected `int`"),
        ("[gateway]\nmax_calls = -1", "gateway.max_calls: expected `int` >= 0"),
        ("[gateway]\nmax_cals = 1", "gateway.max_cals: unknown key"),
        ("[gateway]\nmax_cals = 1", "Did you mean gateway.max_calls?"),
        ("[gatway]", "gatway: unknown key"),
        ("[gatway]", "Did you mean gateway?"),
        ("[gateway]\nzzz = 1", "gateway.zzz: unknown key. docs/settings.md"),
        ("gateway = 3", "gateway: expected `object`, got `int`"),
        ("[worker]\ncommand = ['a', 1]", "worker.command[1]: expected `str`, got `int`"),
        ("[worker]\nnice = 20", "worker.nice: expected `int` <= 19"),
        ("[voice]\non = 0.2\noff = 0.9", "off (0.9) is above on (0.2)"),
        ("[gateway", "is not TOML"),
        ("x = " + "[" * 100_000, "is not TOML"),
        ("\0", "is not TOML"),
    ],
)
def test_errors_name_the_key(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "kefu.toml"
    path.write_text(text)
    with pytest.raises(BadSettings) as refused:
        load_settings(path)
    assert message in str(refused.value)


def test_what_is_no_file_is_refused_at_once() -> None:
    with pytest.raises(BadSettings, match="no ordinary file"):
        load_settings(Path("/dev/zero"))


def test_the_reference_is_current() -> None:
    document = Path(__file__).parents[2] / "docs" / "settings.md"
    assert document.read_text() == settings_reference.text()


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match="cannot be read"):
        load_settings(tmp_path / "none.toml")


def test_a_file_that_is_not_text(tmp_path: Path) -> None:
    (tmp_path / "kefu.toml").write_bytes(b"x = '\xff'")
    with pytest.raises(BadSettings, match="not TOML"):
        load_settings(tmp_path / "kefu.toml")
