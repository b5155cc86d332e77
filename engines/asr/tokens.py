"""Whisper's vocabulary: the tokens a decode starts from, and tokens back to text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from tokenizers import Tokenizer

from engines.asr.transcript import SpokenLanguage
from engines.errors import WeightsUnusable


class Tokens:
    """``tokenizer.json`` of a Whisper model.

    Raises:
        WeightsUnusable: the file is missing, broken or not of a multilingual Whisper.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        except Exception as error:  # the library raises plain Exception
            raise WeightsUnusable(f"{path} is no tokenizer: {error}") from error
        self._previous = self._id("<|startofprev|>", path)
        self._end = self._id("<|endoftext|>", path)
        self._heads = {
            language: [
                self._id(token, path)
                for token in (
                    "<|startoftranscript|>",
                    f"<|{language}|>",
                    "<|transcribe|>",
                    "<|notimestamps|>",
                )
            ]
            for language in ("zh", "en")
        }

    def start(self, language: SpokenLanguage, prompt: str) -> list[int]:
        """The tokens before the first one that is decoded; ``prompt`` stands as earlier text."""
        head = self._heads[language]
        if not prompt:
            return head
        earlier = self._tokenizer.encode(" " + prompt, add_special_tokens=False).ids
        return [self._previous, *earlier, *head]

    def text(self, ids: Sequence[int]) -> str:
        """The text of decoded tokens; control tokens are left out."""
        return self._tokenizer.decode(list(ids), skip_special_tokens=True).strip()

    @property
    def count(self) -> int:
        """How many tokens there are, control tokens among them."""
        return int(self._tokenizer.get_vocab_size())

    def of_words(self, words: Iterable[str]) -> set[int]:
        """What words are written with, at the beginning and behind a space, and the end of text."""
        found = {self._end}
        for word in words:
            for form in {word, word.capitalize()}:
                for written in (form, " " + form):
                    found.update(self._tokenizer.encode(written, add_special_tokens=False).ids)
        return found

    def _id(self, token: str, path: Path) -> int:
        number = self._tokenizer.token_to_id(token)
        if number is None:
            raise WeightsUnusable(f"{path} has no token {token}.")
        return int(number)
