"""The child process that reads text out: ``python -m engines.text.reader_child``.

Segmentation and pinyin hold the GIL for tens of milliseconds, so they live here and not in the
worker. Questions come on standard input, answers go to standard output; it ends with its input.
"""

from __future__ import annotations

import signal
import sys
from typing import BinaryIO

import msgspec

from engines.text.clauses import clauses
from engines.text.errors import SpeakerMissing, UnreadableText
from engines.text.espeak import Espeak
from engines.text.normalise import Language, read
from engines.text.phonemes_en import phonemes_en
from engines.text.phonemes_zh import phonemes_zh
from engines.text.reader_messages import LENGTH, LONGEST_BYTES, Answer, Question, framed
from engines.text.words_zh import Words, load_words
from kefu.errors import KefuError


class Phonemes:
    """Text to phonemes in both languages; holds the dictionaries."""

    def __init__(self) -> None:
        self._words: Words = load_words()
        self._espeak: Espeak | None = None

    def of(self, text: str, language: Language) -> list[tuple[str, str]]:
        """(spoken text, phonemes) of each clause of ``text``.

        Raises:
            UnreadableText: nothing to say, or too much.
            SpeakerMissing: English is asked for and espeak-ng is not there.
        """
        spoken = read(text, language)
        found = [(clause, self._sounds(clause, language)) for clause in clauses(spoken, language)]
        found = [(clause, sounds) for clause, sounds in found if any(map(str.isalpha, sounds))]
        if not found:
            raise UnreadableText(f"There is nothing to say in {text[:60]!r}.")
        return found

    def warm_up(self) -> None:
        """Say one clause in each language; a missing espeak-ng shows at the first English one."""
        self.of("您好，订单A1024。", "zh")
        try:
            self.of("Hello, order A1024.", "en")
        except SpeakerMissing:
            return

    def _sounds(self, clause: str, language: Language) -> str:
        if language == "zh":
            return phonemes_zh(clause, self._words)
        if self._espeak is None:
            self._espeak = Espeak()
        return phonemes_en(clause, self._espeak)


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer questions until the input ends."""

    def answer(message: Answer) -> None:
        sink.write(framed(message))
        sink.flush()

    phonemes = Phonemes()
    phonemes.warm_up()
    answer(Answer(-1))
    decoder = msgspec.msgpack.Decoder(Question)
    while head := source.read(LENGTH.size):
        (length,) = LENGTH.unpack(head)
        if length > LONGEST_BYTES:
            return
        question = decoder.decode(source.read(length))
        try:
            found = phonemes.of(question.text, question.language)  # type: ignore[arg-type]
            answer(Answer(question.number, found))
        except KefuError as error:
            answer(Answer(question.number, [], error.code, error.message))


def main() -> None:
    """Entry point of the process."""
    # Ctrl-C in a terminal reaches the whole group: the worker decides when this process ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
