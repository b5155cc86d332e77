"""Files and folders given to ``kefuctl voice enroll`` as recordings, with the sentence of each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from daemon.ctl.audio_file import read_audio
from daemon.ctl.errors import BadAudioFile
from daemon.voices.enrolment import Recording
from daemon.voices.errors import NothingToEnrol
from engines.samples.cutting import LONGEST_WHOLE_S, cut
from engines.samples.sentences import Language, sentences

MOST_SECONDS: Final = 2 * 3600.0
"""Of one file."""
MOST_FILES: Final = 2000
_NUMBER: Final = re.compile(r"(\d{1,2})(?!\d)")
_NOT_A_SAMPLE: Final = frozenset({".txt", ".md", ".json", ".csv", ".tsv", ".pdf"})


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One file, and what should be read in it (empty: anything)."""

    path: Path
    asked: str


def sources(given: Sequence[Path], script: Language | None) -> list[Source]:
    """The files, those of a folder by name; with a script each has its sentence.

    Where all file names begin with a number of a sentence, that is the one; else the files in their
    order are the sentences.

    Raises:
        NothingToEnrol: there is none, or more than there are sentences.
    """
    files = [file for one in given for file in _files(one)]
    if not files:
        raise NothingToEnrol(f"There is no recording in {', '.join(map(str, given)) or 'nothing'}.")
    if len(files) > MOST_FILES:
        raise NothingToEnrol(f"{len(files)} files are more than {MOST_FILES}.")
    if script is None:
        return [Source(path=file, asked="") for file in files]
    lines = sentences(script)
    numbers = [_number(file, len(lines)) for file in files]
    if all(numbers):
        return [
            Source(path=file, asked=lines[number - 1])
            for file, number in zip(files, numbers, strict=True)
        ]
    if len(files) > len(lines):
        raise NothingToEnrol(
            f"{len(files)} files for {len(lines)} sentences.",
            mend="Let each file's name begin with its sentence's number: 07.wav, 07-again.wav. "
            f"If they are no sentences of docs/voice-sentences.md: --language {script} instead.",
        )
    return [Source(path=file, asked=line) for file, line in zip(files, lines, strict=False)]


def pieces(source: Source) -> Iterator[Recording]:
    """The recording; one of more than 30 s is cut at its pauses, and then has no known text.

    Raises:
        BadAudioFile: it cannot be read, or is longer than two hours.
    """
    audio = read_audio(source.path)
    if audio.seconds > MOST_SECONDS:
        raise BadAudioFile(
            f"{source.path} is {audio.seconds / 3600:.1f} h long.", mend="Give at most two hours."
        )
    name = source.path.name.encode("utf-8", "replace").decode()  # named in another encoding
    if audio.seconds <= LONGEST_WHOLE_S:
        yield Recording(pcm=audio.pcm, rate_hz=audio.rate_hz, source=name, asked=source.asked)
        return
    for begin, end in cut(audio.pcm, audio.rate_hz):
        start_s, end_s = begin / audio.rate_hz, end / audio.rate_hz
        yield Recording(
            pcm=audio.pcm[begin:end],
            rate_hz=audio.rate_hz,
            source=f"{name} {start_s:.1f}–{end_s:.1f} s",
            asked="",
        )


def _files(given: Path) -> list[Path]:
    if not given.is_dir():
        return [given]
    return sorted(
        one
        for one in given.iterdir()
        if not one.name.startswith(".") and one.suffix.lower() not in _NOT_A_SAMPLE
        if not one.is_dir()
    )


def _number(file: Path, most: int) -> int:
    """The sentence that a name begins with; 0 for none."""
    found = _NUMBER.match(file.name)
    number = int(found[1]) if found else 0
    return number if 1 <= number <= most else 0
