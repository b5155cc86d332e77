"""Text as Kokoro's phonemes: polyphones, tones, letters inside Chinese, espeak's IPA mapped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.text.errors import SpeakerMissing
from engines.text.espeak import Espeak
from engines.text.phonemes_en import kokoro_sounds, phonemes_en
from engines.text.phonemes_zh import phonemes_zh
from engines.text.pinyin_ipa import syllable
from engines.text.words_zh import Words, load_words

# Every phoneme in Kokoro v1.0's vocabulary that these languages use.
VOCABULARY = set(
    ';:,.!?—…"()“” ʣʥʦʨᵝꭧAIOQSTWYᵊabcdefhijklmnopqrstuvwxyzɑɐɒæβɔɕçɖðʤəɚɛɜɟɡɥɨɪʝɯɰŋɳɲɴøɸθœɹɾɻʁɽʂʃʈ'
    "ʧʊʋʌɣɤχʎʒʔˈˌːʰʲ↓→↗↘ᵻ"
)


@pytest.fixture(scope="module")
def words() -> Words:
    return load_words()


@pytest.fixture(scope="module")
def espeak() -> Iterator[Espeak]:
    program = Espeak()
    yield program
    program.close()


@pytest.mark.parametrize(
    ("pinyin", "sounds"),
    [
        ("hao3", "xau↓"),
        ("zhi1", "ꭧɨ→"),
        ("si4", "sɨ↘"),
        ("xue2", "ɕɥe↗"),
        ("lv4", "ly↘"),
        ("yuan2", "ɥɛ↗n"),
        ("de5", "tɤ"),
        ("er4", "ɚ↘"),
        ("liu4", "ljou↘"),
        ("gui4", "kwei↘"),
        ("wo3", "wo↓"),
        ("yong4", "jʊ↘ŋ"),
        ("bo1", "pwo→"),
    ],
)
def test_syllables(pinyin: str, sounds: str) -> None:
    assert syllable(pinyin) == sounds


@pytest.mark.parametrize(
    ("text", "sounds"),
    [
        ("好的。", "xau↓ tɤ."),
        ("银行", "i↗nxa↗ŋ"),
        ("重庆", "ꭧʰʊ↗ŋʨʰi↘ŋ"),
        ("退还", "tʰwei↘xwa↗n"),
        ("A 幺零", "ei→ jau→ li↗ŋ"),
        ("OK，好", "ou→ kʰei↘, xau↓"),
        ("，，", ""),
    ],
)
def test_chinese(words: Words, text: str, sounds: str) -> None:
    assert phonemes_zh(text, words) == sounds


def test_words_joined_are_the_text(words: Words) -> None:
    assert words.split("您的订单预计明天到达") == ["您", "的", "订单", "预计", "明天", "到达"]


@settings(deadline=None)
@given(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=40))
def test_any_characters_segment_and_sound(text: str) -> None:
    words = Words({"订单": 5, "查询": 3})
    assert "".join(words.split(text)) == text
    assert set(phonemes_zh(text, words)) <= VOCABULARY


@pytest.mark.parametrize(
    ("ipa", "sounds"),
    [
        ("ˈɔː^ɹdɚ", "ˈɔɹdəɹ"),
        ("ɐbˌa^ʊt", "əbˌWt"),
        ("bˈɑːɾə^lz", "bˈɑTᵊlz"),
        ("d^ʒˈʌst", "ʤˈʌst"),
        ("(fr)ʃˈe^ɪ(en)", "ʃˈA"),
        ("bˈʌtn\u0329", "bˈʌtᵊn"),
    ],
)
def test_espeak_ipa_in_kokoros_notation(ipa: str, sounds: str) -> None:
    assert kokoro_sounds(ipa) == sounds


def test_english_sentences(espeak: Espeak) -> None:
    sounds = phonemes_en("Your order, A one zero two four, has shipped.", espeak)
    assert sounds.startswith("jʊɹ ˈɔɹdəɹ, ˈA wˈʌn")
    assert sounds.endswith("ʃˈɪpt.")
    assert phonemes_en("VIP", espeak) == "vˈiˈIpˈi"
    assert phonemes_en("A refund, please.", espeak).startswith("ə ɹ")


def test_any_english_is_in_the_vocabulary(espeak: Espeak) -> None:
    @settings(deadline=None, max_examples=60)
    @given(st.text(alphabet="abcxyzABI '’-,.!?1\n", max_size=60))
    def check(text: str) -> None:
        assert set(phonemes_en(text, espeak)) <= VOCABULARY

    check()


def test_a_killed_espeak_is_started_again(espeak: Espeak) -> None:
    before = espeak.ipa(["hello"])
    assert espeak._child is not None
    espeak._child.kill()
    espeak._child.wait()
    assert espeak.ipa(["hello"]) == before


def test_a_missing_espeak_names_the_command() -> None:
    with pytest.raises(SpeakerMissing, match="apt-get install espeak-ng"):
        Espeak("no-such-speaker")
