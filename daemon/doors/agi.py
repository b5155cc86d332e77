"""A FastAGI that tells the dialplan where a caller goes, and hears what became of him.

``AGI(agi://HOST:PORT/next,UUID)`` after AudioSocket() sets KEFU_NEXT and what belongs to it;
``AGI(agi://HOST:PORT/result,UUID,DIALSTATUS)`` after Dial() or Queue() says how it went.
"""

from __future__ import annotations

import asyncio
import logging
import re
import uuid
from typing import Final

import msgspec

from daemon.doors.call_book import CallBook
from daemon.doors.errors import BadAgiRequest
from daemon.doors.settings import AgiSettings
from daemon.journal import line
from kefu.protocol import TransferResult

MOST_LINES: Final = 128
MOST_TEXT: Final = 400
"""Characters of a value: an AGI command has room for 2,048 bytes."""
RESULTS: Final[dict[str, TransferResult]] = {
    "ANSWER": "ok",
    "BUSY": "busy",
    "NOANSWER": "no_answer",
    "CANCEL": "no_answer",
    "CHANUNAVAIL": "refused",
    "CONGESTION": "refused",
    "DONTCALL": "refused",
    "TORTURE": "refused",
    "INVALIDARGS": "refused",
    "CONTINUE": "ok",
    "FULL": "busy",
    "TIMEOUT": "no_answer",
    "LEAVEEMPTY": "no_answer",
    "JOINEMPTY": "refused",
    "JOINUNAVAIL": "refused",
    "LEAVEUNAVAIL": "refused",
}
"""DIALSTATUS of Dial(), and QUEUESTATUS of Queue()."""
HUNG_UP: Final = frozenset({"normal", "completed", "transferred"})
"""Ends of a call after which nothing is left to do."""
_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f"\\$`{}\[\]|;&]+')
_TARGET: Final = re.compile(r"[\w.@+*#/-]{1,128}", re.ASCII)

Variables = dict[str, str]

_log = logging.getLogger("kefu-audiosocket.agi")


class Request(msgspec.Struct, frozen=True):
    """What the dialplan asks."""

    script: str
    arguments: tuple[str, ...]


class AgiServer:
    """Answers the dialplan about the calls of the book."""

    def __init__(self, settings: AgiSettings, book: CallBook) -> None:
        self._settings = settings
        self._book = book
        self._open = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of Asterisk, to its end. Raises nothing."""
        self._open += 1
        try:
            if self._open > self._settings.max_connections:
                raise BadAgiRequest("As many requests as are answered at once.")
            timeout_s = self._settings.timeout_ms / 1000
            request = await asyncio.wait_for(read_request(reader), timeout_s)
            variables = answer(request, self._book)
            for name, value in variables.items():
                writer.write(set_variable(name, value))
                await asyncio.wait_for(_read_reply(reader), timeout_s)
            shown = {"uuid": request.arguments[0], "next": variables["KEFU_NEXT"]}
            _log.info(line(f"agi_{request.script}", **shown))
        except BadAgiRequest as error:
            _log.warning(line("agi_refused", reason=error.message))
        except asyncio.TimeoutError:
            _log.warning(line("agi_refused", reason="Asterisk did not go on in time."))
        except OSError as error:
            _log.warning(line("agi_refused", reason=str(error)))
        finally:
            self._open -= 1
            writer.close()


async def read_request(reader: asyncio.StreamReader) -> Request:
    """The lines ``agi_NAME: value`` up to an empty one. Raises BadAgiRequest."""
    fields: dict[str, str] = {}
    for _ in range(MOST_LINES):
        text = await _read_line(reader)
        if not text:
            break
        name, colon, value = text.partition(":")
        if not colon or not name.startswith("agi_"):
            raise BadAgiRequest(f"{text[:80]!r} is no line of a request.")
        fields[name] = value.strip()
    else:
        raise BadAgiRequest(f"A request of more than {MOST_LINES} lines.")
    arguments = [fields[key] for n in range(1, 9) if (key := f"agi_arg_{n}") in fields]
    return Request(fields.get("agi_network_script", ""), tuple(arguments))


def answer(request: Request, book: CallBook) -> Variables:
    """What the dialplan is told; a result is handed to the call. Raises BadAgiRequest."""
    asked = request.script, len(request.arguments)
    if asked not in (("next", 1), ("result", 2)):
        wanted = "/next,UUID or /result,UUID,DIALSTATUS"
        raise BadAgiRequest(
            f"/{request.script[:80]} of {len(request.arguments)} values; it is {wanted}."
        )
    try:
        name = str(uuid.UUID(request.arguments[0]))
    except ValueError as reason:
        raise BadAgiRequest(f"{request.arguments[0][:80]!r} is no UUID.") from reason
    if request.script == "result":
        _report(name, request.arguments[1].upper(), book)
    return _next(name, book)


def set_variable(name: str, value: str) -> bytes:
    """The command; what has a meaning to AGI or to the dialplan is a space in the value."""
    plain = " ".join(_UNSAFE.sub(" ", value).replace(",", "，").split())
    return f'SET VARIABLE {name} "{plain[:MOST_TEXT]}"\n'.encode(errors="replace")


def _report(name: str, status: str, book: CallBook) -> None:
    result = RESULTS.get(status)
    if result is None:
        raise BadAgiRequest(f"{status[:80]!r} is no DIALSTATUS and no QUEUESTATUS.")
    call = book.live(name)
    if call is not None:
        call.report(result)
        if status == "CANCEL":  # he has hung up while it rang
            call.hang_up()


def _next(name: str, book: CallBook) -> Variables:
    call, ended = book.live(name), book.ended(name)
    if call is not None and call.transfer is not None:
        target = call.transfer.target
        if target and not _TARGET.fullmatch(target):
            _log.warning(line("agi_bad_target", call=call.call.id, target=target))
            target = ""
        slots = " ".join(f"{name}={value}" for name, value in call.transfer.slots.items())
        return {
            "KEFU_NEXT": "transfer",
            "KEFU_TARGET": target,
            "KEFU_REASON": call.transfer.reason,
            "KEFU_SUMMARY": call.transfer.summary,
            "KEFU_SLOTS": slots,
            "KEFU_CALL": call.call.id.hex(),
        }
    if call is not None:
        return {"KEFU_NEXT": "agent", "KEFU_CALL": call.call.id.hex()}
    cause = ended.cause if ended is not None else "unknown_uuid"
    following = "hangup" if cause in HUNG_UP else "failed"
    call_id = ended.call.hex() if ended is not None else ""
    return {"KEFU_NEXT": following, "KEFU_CAUSE": cause, "KEFU_CALL": call_id}


async def _read_line(reader: asyncio.StreamReader) -> str:
    """Without its end. Raises BadAgiRequest."""
    try:
        data = await reader.readuntil(b"\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as reason:
        raise BadAgiRequest("The connection ended, or a line has no end.") from reason
    return data.decode(errors="replace").rstrip("\r\n")


async def _read_reply(reader: asyncio.StreamReader) -> None:
    """Raises BadAgiRequest where Asterisk does not take the command."""
    text = await _read_line(reader)
    while text == "HANGUP":
        text = await _read_line(reader)
    if not text.startswith("200"):
        raise BadAgiRequest(f"Asterisk answered {text[:80]!r}.")
