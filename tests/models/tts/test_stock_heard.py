"""The table of what is heard of the stock voices: it counts for its own weights alone."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from engines.errors import WeightsUnusable
from engines.tts.synthesiser import SynthesiserSettings
from models.tts import stock_heard as module
from models.tts.further_sentences import ALL
from models.tts.heard_back import error_rate
from models.tts.stock_heard import fingerprint, stock_heard

ROOT = Path(__file__).parents[3]
LITE = ROOT / "var" / "releases" / "lite" / "files"
FILES = ("tts_kokoro/model.onnx", "asr_whisper/model.bin", "nlu_lac/q2b.dic")


@pytest.fixture
def release(tmp_path: Path) -> Path:
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir()
        path.write_bytes(name.encode())
    (tmp_path / "voice.bin").write_bytes(b"a pack")
    return tmp_path


@pytest.fixture
def table(release: Path) -> Path:
    heard = [[text, text] for text in ALL["en"]]
    row = {"made_from": fingerprint(release, release / "voice.bin", "en"), "heard": heard}
    path = release / "table.json"
    path.write_bytes(msgspec.json.encode({"en": row}))
    return path


def test_what_was_heard_of_these_weights_is_known(release: Path, table: Path) -> None:
    found = stock_heard(release, release / "voice.bin", "en", table)
    assert found == tuple((text, text) for text in ALL["en"])
    assert stock_heard(release, release / "voice.bin", "zh", table) is None


@pytest.mark.parametrize("name", [*FILES, "voice.bin"])
def test_of_other_weights_nothing_is_known(name: str, release: Path, table: Path) -> None:
    (release / name).write_bytes(b"another")
    assert stock_heard(release, release / "voice.bin", "en", table) is None


@pytest.mark.parametrize("content", [b"", b"[]", b'{"en": 3}', b'{"en": {}}', b"\xff", b"[" * 9999])
def test_a_damaged_table_says_nothing(content: bytes, release: Path, table: Path) -> None:
    table.write_bytes(content)
    assert stock_heard(release, release / "voice.bin", "en", table) is None
    table.unlink()
    assert stock_heard(release, release / "voice.bin", "en", table) is None


def test_missing_weights_are_named(release: Path, table: Path) -> None:
    (release / "voice.bin").unlink()
    with pytest.raises(WeightsUnusable, match=r"voice\.bin"):
        stock_heard(release, release / "voice.bin", "en", table)


@pytest.mark.skipif(not LITE.exists(), reason="`make pull` brings the weights")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_committed_table_is_of_the_catalogues_weights(language: module.Language) -> None:
    name = SynthesiserSettings().voice(language).name
    pack = LITE / "tts_kokoro" / "voices" / f"{name}.bin"
    found = stock_heard(LITE, pack, language)
    assert found is not None
    assert [said for said, _ in found] == list(ALL[language])
    assert error_rate(found, language) < 0.05
