"""The reader's child process: answers, refuses, survives being killed, keeps heavy modules out."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from engines.text.errors import ReaderFailed, UnreadableText
from engines.text.reader import Reader


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    started = Reader()
    started.wait_ready()
    yield started
    started.close()


def test_both_languages(reader: Reader) -> None:
    assert reader.phonemes("好的。", "zh") == [("好的。", "xau↓ tɤ.")]
    [(text, sounds)] = reader.phonemes("Order A1024.", "en")
    assert text == "Order A one zero two four."
    assert sounds.startswith("ˈɔɹdəɹ ˈA wˈʌn")


def test_a_long_reply_comes_in_pieces(reader: Reader) -> None:
    pieces = reader.phonemes("您的订单已经发货了，预计2026-11-26送到，由顺丰派送。" * 4, "zh")
    assert len(pieces) > 3
    assert all(len(sounds) < 140 for _, sounds in pieces)


@pytest.mark.parametrize("text", ["", "。。。", "🎉", "\x00", "1" * 2001, "كتاب"])
def test_nothing_to_say_is_refused_and_the_next_is_answered(reader: Reader, text: str) -> None:
    with pytest.raises(UnreadableText):
        reader.phonemes(text, "zh")
    assert reader.phonemes("好的。", "zh")


def test_a_killed_child_is_replaced(reader: Reader) -> None:
    os.kill(reader.pid, signal.SIGKILL)
    assert reader.phonemes("好的。", "zh") == [("好的。", "xau↓ tɤ.")]


def test_a_closed_reader_says_so() -> None:
    closed = Reader()
    closed.close()
    with pytest.raises(ReaderFailed):
        closed.phonemes("好的。", "zh")


def test_the_child_imports_no_array_library_and_nothing_gpl() -> None:
    code = (
        "import sys, engines.text.reader_child as c; c.Phonemes().warm_up();"
        "print(*{m.partition('.')[0] for m in sys.modules})"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    assert not set(loaded) & {"numpy", "torch", "jieba", "misaki", "phonemizer", "piper", "spacy"}
