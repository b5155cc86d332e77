"""The espeak-ng program as one persistent child: English words in, IPA out.

espeak-ng is GPL and stays a program of its own; a line of text on its input gives a line of IPA
on its output (starting it takes 20 to 60 ms, a line in a running one under 1 ms).
"""

from __future__ import annotations

import contextlib
import os
import selectors
import shutil
import subprocess
from collections.abc import Sequence
from typing import Final

from engines.text.errors import SpeakerMissing

TIMEOUT_S: Final = 2.0


class Espeak:
    """American English pronunciation. One thread at a time.

    Raises:
        SpeakerMissing: there is no such program, or it does not answer (also from ``ipa``).
    """

    def __init__(self, program: str = "espeak-ng") -> None:
        found = shutil.which(program)
        if found is None:
            raise SpeakerMissing(f"There is no program {program} on this machine.")
        self._program = found
        self._child: subprocess.Popen[bytes] | None = None
        self._buffer = b""

    def ipa(self, phrases: Sequence[str]) -> list[str]:
        """IPA of each phrase: words apart by spaces, affricates and diphthongs tied by ``^``.

        A phrase has letters, digits, apostrophes, hyphens and spaces only: punctuation would
        split it into several lines. A child that has died is started again, once.
        """
        for last_try in (False, True):
            try:
                return self._ask(phrases)
            except (OSError, EOFError) as error:
                self.close()
                if last_try:
                    raise SpeakerMissing(f"{self._program} does not answer: {error}") from error
        raise AssertionError("unreachable")

    def close(self) -> None:
        """End the child."""
        child, self._child, self._buffer = self._child, None, b""
        if child is not None:
            child.kill()
            with contextlib.suppress(OSError):
                if child.stdin:
                    child.stdin.close()
            child.wait()
            if child.stdout:
                child.stdout.close()

    def _ask(self, phrases: Sequence[str]) -> list[str]:
        child = self._child = self._child or self._start()
        if child.stdin is None or child.stdout is None:
            raise EOFError("it has no pipes")
        answers: list[str] = []
        with selectors.DefaultSelector() as ready:
            ready.register(child.stdout, selectors.EVENT_READ)
            for phrase in phrases:
                child.stdin.write(phrase.encode() + b"\n")
                child.stdin.flush()
                answers.append(self._line(child.stdout.fileno(), ready))
        return answers

    def _line(self, source: int, ready: selectors.BaseSelector) -> str:
        while b"\n" not in self._buffer:
            if not ready.select(TIMEOUT_S):
                raise EOFError(f"no line within {TIMEOUT_S} s")
            more = os.read(source, 65536)
            if not more:
                raise EOFError("it has ended")
            self._buffer += more
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode("utf-8", "replace").strip()

    def _start(self) -> subprocess.Popen[bytes]:
        # No shell: the program's own path, and arguments that are constants.
        return subprocess.Popen(
            [self._program, "-q", "--ipa", "--tie=^", "-v", "en-us"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
