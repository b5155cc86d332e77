"""Text to phonemes for the worker: a child process that is started, asked, timed and replaced."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import threading
import time
from typing import Final

import msgspec

from engines.text.errors import ReaderFailed, SpeakerMissing, UnreadableText
from engines.text.normalise import Language
from engines.text.reader_messages import LENGTH, LONGEST_BYTES, Answer, Question, framed
from kefu.errors import KefuError

START_TIMEOUT_S: Final = 20.0
TIMEOUT_S: Final = 3.0
_FAILURES: Final[dict[str, type[KefuError]]] = {
    kind.code: kind for kind in (SpeakerMissing, UnreadableText)
}


class Reader:
    """A child process (``engines.text.reader_child``) that knows how text is said.

    Construction starts the child and does not wait for it: other engines can load meanwhile.
    Safe to use from several threads; one question is answered at a time.

    Args:
        start_s: how long the start may take.
        answer_s: how long an answer may. Work that is stopped for minutes at a time gives more.
    """

    def __init__(self, *, start_s: float = START_TIMEOUT_S, answer_s: float = TIMEOUT_S) -> None:
        self._start_s, self._answer_s = start_s, answer_s
        self._lock = threading.Lock()
        self._number = 0
        self._buffer = b""
        self._decoder = msgspec.msgpack.Decoder(Answer)
        self._closed = False
        self._ready = False
        self._child = self._start()

    @property
    def pid(self) -> int:
        """Process id of the child, for memory figures."""
        return self._child.pid

    def wait_ready(self) -> None:
        """Block until the child has its dictionaries.

        Raises:
            ReaderFailed: it died or was not ready in time.
        """
        with self._lock:
            try:
                self._await_ready()
            except (OSError, EOFError, msgspec.DecodeError) as error:
                raise ReaderFailed(f"The reader did not start: {error}.") from error

    def phonemes(self, text: str, language: Language) -> list[tuple[str, str]]:
        """(text as spoken, phonemes) of each clause, at least one.

        A child that has died or hangs is replaced and asked again, once.

        Raises:
            UnreadableText: there is nothing to say in ``text``, or too much.
            SpeakerMissing: English, and espeak-ng is not installed.
            ReaderFailed: the child failed twice.
        """
        with self._lock:
            for last_try in (False, True):
                try:
                    answer = self._ask(text, language)
                    break
                except (OSError, EOFError, msgspec.DecodeError) as error:
                    self._replace()
                    if last_try:
                        raise ReaderFailed(f"The reader gave no answer: {error}.") from error
        if answer.failure:
            raise _FAILURES.get(answer.failure, ReaderFailed)(answer.message)
        return answer.clauses

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._closed = True
            self._end()

    def _ask(self, text: str, language: Language) -> Answer:
        self._await_ready()
        self._number += 1
        if self._child.stdin is None:
            raise EOFError("it has no pipes")
        self._child.stdin.write(framed(Question(self._number, text, language)))
        self._child.stdin.flush()
        deadline = time.monotonic() + self._answer_s
        while True:
            answer = self._next(deadline)
            if answer.number == self._number:
                return answer

    def _await_ready(self) -> None:
        if self._closed:
            raise ReaderFailed("The reader is closed.")
        if not self._ready:
            self._next(time.monotonic() + self._start_s)
            self._ready = True

    def _next(self, deadline: float) -> Answer:
        head = self._bytes(LENGTH.size, deadline)
        (length,) = LENGTH.unpack(head)
        if length > LONGEST_BYTES:
            raise EOFError(f"an answer of {length} bytes")
        return self._decoder.decode(self._bytes(length, deadline))

    def _bytes(self, count: int, deadline: float) -> bytes:
        if self._child.stdout is None:
            raise EOFError("it has no pipes")
        source = self._child.stdout.fileno()
        with selectors.DefaultSelector() as ready:
            ready.register(source, selectors.EVENT_READ)
            while len(self._buffer) < count:
                if not ready.select(max(0.0, deadline - time.monotonic())):
                    raise EOFError("it was late")
                more = os.read(source, 1 << 16)
                if not more:
                    raise EOFError("it has ended")
                self._buffer += more
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-I", "-m", "engines.text.reader_child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # pypinyin shares its tables with us instead of copying them.
            env={**os.environ, "PYPINYIN_NO_DICT_COPY": "true"},
        )

    def _replace(self) -> None:
        self._end()
        self._buffer = b""
        self._ready = False
        self._child = self._start()

    def _end(self) -> None:
        child = self._child
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue
