"""The table of what is heard of the stock voices: it counts for its own weights alone."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from engines.errors import WeightsUnusable
from engines.text.normalise import Language
from engines.tts.synthesiser import SynthesiserSettings
from models.tts import stock_heard as module
from models.tts.further_sentences import ALL, FURTHER
from models.tts.heard_back import error_rate
from models.tts.judge_sentences import SENTENCES
from models.tts.stock_heard import TABLE, fingerprint, stock_heard

ROOT = Path(__file__).parents[3]
LITE = ROOT / "var" / "releases" / "lite" / "files"
FILES = (
    "tts_kokoro/model.onnx",
    "tts_kokoro/tokenizer.json",
    "asr_whisper/model.bin",
    "asr_whisper/config.json",
    "asr_whisper/tokenizer.json",
    "asr_whisper/vocabulary.txt",
    "nlu_lac/q2b.dic",
)
SEVEN = tuple((text, text) for text in SENTENCES["en"])
FURTHER_HEARD = tuple((text, text) for text in FURTHER["en"])


@pytest.fixture
def release(tmp_path: Path) -> Path:
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
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


def known(release: Path, table: Path, heard: module.Heard = SEVEN) -> module.Heard:
    return stock_heard(release, release / "voice.bin", "en", heard, table)


def test_what_was_heard_of_these_weights_is_known(release: Path, table: Path) -> None:
    assert known(release, table) == FURTHER_HEARD
    assert stock_heard(release, release / "voice.bin", "zh", SEVEN, table) == ()


@pytest.mark.parametrize("name", [*FILES, "voice.bin"])
def test_of_other_weights_nothing_is_known(name: str, release: Path, table: Path) -> None:
    (release / name).write_bytes(b"another")
    assert known(release, table) == ()


def test_of_another_pronunciation_nothing_is_known(
    release: Path, table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PRONUNCIATION", -1)
    assert known(release, table) == ()


def test_a_machine_that_hears_the_seven_otherwise_hears_the_others_too(
    release: Path, table: Path
) -> None:
    assert known(release, table, (*SEVEN[:-1], (SEVEN[-1][0], "something else"))) == ()


@pytest.mark.parametrize("content", [b"", b"[]", b'{"en": 3}', b'{"en": {}}', b"\xff", b"[" * 9999])
def test_a_damaged_table_says_nothing(content: bytes, release: Path, table: Path) -> None:
    table.write_bytes(content)
    assert known(release, table) == ()
    table.unlink()
    assert known(release, table) == ()


def test_missing_weights_are_named(release: Path, table: Path) -> None:
    (release / "voice.bin").unlink()
    with pytest.raises(WeightsUnusable, match=r"voice\.bin"):
        known(release, table)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_committed_table_has_all_sentences(language: Language) -> None:
    heard = msgspec.json.decode(TABLE.read_bytes())[language]["heard"]
    assert [said for said, _ in heard] == list(ALL[language])
    assert error_rate(heard, language) < 0.05


@pytest.mark.skipif(not LITE.exists(), reason="`make pull` brings the weights")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_committed_table_is_of_the_catalogues_weights(language: Language) -> None:
    row = msgspec.json.decode(TABLE.read_bytes())[language]
    pack = LITE / "tts_kokoro" / "voices" / f"{SynthesiserSettings().voice(language).name}.bin"
    assert row["made_from"] == fingerprint(LITE, pack, language)


@pytest.mark.parametrize(
    ("language", "said", "heard"),
    [
        ("zh", "一千二百分", "1200分"),
        ("zh", "满一百元就", "满100元就"),
        ("zh", "二十四小时", "24小时"),
        ("zh", "每个月的十五号", "每个月的15号"),
        ("zh", "晚点两个小时", "晚点2个小时"),
        ("en", "above one hundred", "above 100"),
        ("en", "within one day", "within 1 day"),
        ("en", "in three sizes", "in 3 sizes"),
    ],
)
def test_a_number_in_figures_is_no_slip(language: Language, said: str, heard: str) -> None:
    (sentence,) = [text for text in FURTHER[language] if said in text]
    assert error_rate([(sentence, sentence.replace(said, heard))], language) == 0.0
