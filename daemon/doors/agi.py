"""A FastAGI that tells the dialplan where a caller goes, and hears what became of him.

``AGI(agi://HOST:PORT/begin,UUID,CALLER,CALLED)`` before AudioSocket() says whose call it will be;
``AGI(agi://HOST:PORT/next,UUID)`` behind it sets what belongs to KEFU_NEXT and, last, KEFU_NEXT;
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
from daemon.doors.errors import BadAgiRequest, BadUuid, UuidInUse
from daemon.doors.settings import AgiSettings
from daemon.journal import line
from kefu.protocol import TransferResult

MOST_LINE_BYTES: Final = 2_048
MOST_REQUEST_BYTES: Final = 16_384
"""Asterisk sends some 25 lines of 40 bytes."""
MOST_ARGUMENTS: Final = 4
"""One more than is taken, so that one too many is seen."""
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
    "WITHDRAW": "no_answer",
    "LEAVEEMPTY": "no_answer",
    "JOINEMPTY": "refused",
    "JOINUNAVAIL": "refused",
    "LEAVEUNAVAIL": "refused",
}
"""DIALSTATUS of Dial(), and QUEUESTATUS of Queue()."""
OVER: Final = {"ANSWER": "transferred", "CONTINUE": "transferred", "CANCEL": "normal"}
"""Those after which nothing is left to do, with the cause."""
HUNG_UP: Final = frozenset({"normal", "completed", "transferred"})
"""Ends of a call after which nothing is left to do."""
_ARGUMENTS: Final = tuple(b"agi_arg_%d" % number for number in range(1, MOST_ARGUMENTS + 1))
_KEPT: Final = frozenset({b"agi_network_script", *_ARGUMENTS})
_UNSAFE: Final = re.compile(r'[\x00-\x1f\x7f"\\$`{}\[\]|;&]+')
_TARGET: Final = re.compile(r"[\w.@+*#/-]{1,128}", re.ASCII)

FORMS: Final = {"begin": range(2, 4), "next": range(1, 2), "result": range(2, 3)}
"""Scripts with how many arguments they take."""
BAD_TARGET: Final = "bad_target"
"""Cause of a call whose transfer goes nowhere that a dialplan can dial."""

Variables = dict[str, str]
"""In the order in which they are set: KEFU_NEXT last, so that it stands for all before it."""

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

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of Asterisk, to its end. Raises nothing."""
        try:
            timeout_s = self._settings.timeout_ms / 1000
            request = await asyncio.wait_for(read_request(reader), timeout_s)
            variables = _answered(request, self._book)
            for name, value in variables.items():
                writer.write(set_variable(name, value))
                await asyncio.wait_for(_read_reply(reader), timeout_s)
        except BadAgiRequest as error:
            _log.warning(line("agi_refused", reason=error.message))
        except asyncio.TimeoutError:
            _log.warning(line("agi_refused", reason="Asterisk did not go on in time."))
        except OSError as error:
            _log.warning(line("agi_refused", reason=str(error)))
        finally:
            writer.close()


async def read_request(reader: asyncio.StreamReader) -> Request:
    """The lines ``agi_NAME: value`` up to an empty one. Raises BadAgiRequest.

    Nothing is kept but the script and its arguments, and no text is made of the rest.
    """
    fields: dict[bytes, bytes] = {}
    left = MOST_REQUEST_BYTES
    while data := await _read_line(reader):
        left -= len(data)
        if left < 0:
            raise BadAgiRequest(f"A request of more than {MOST_REQUEST_BYTES} bytes.")
        name, colon, value = data.partition(b":")
        if not colon or not name.startswith(b"agi_"):
            raise BadAgiRequest(f"{_text(data[:80])!r} is no line of a request.")
        if name in _KEPT:
            fields[name] = value.strip()
    arguments = tuple(_text(fields[name]) for name in _ARGUMENTS if name in fields)
    return Request(_text(fields.get(b"agi_network_script", b"")), arguments)


def answer(request: Request, book: CallBook) -> Variables:
    """What the dialplan is told; a result is handed to the call. Raises BadAgiRequest."""
    script, arguments = request.script, request.arguments
    if len(arguments) not in FORMS.get(script, range(0)):
        wanted = "/begin,UUID,CALLER,CALLED, /next,UUID or /result,UUID,DIALSTATUS"
        raise BadAgiRequest(f"/{script[:80]} of {len(arguments)} values; it is {wanted}.")
    try:
        name = str(uuid.UUID(arguments[0]))
    except ValueError as reason:
        raise BadUuid(f"{arguments[0][:80]!r} is no UUID.") from reason
    if script == "begin":
        book.announced.put(name, arguments[1], "".join(arguments[2:]))
        return {}
    if script == "result":
        return _report(name, arguments[1].upper(), book)
    return _next(name, book)


def set_variable(name: str, value: str) -> bytes:
    """The command; what has a meaning to AGI or to the dialplan is a space in the value."""
    plain = " ".join(_UNSAFE.sub(" ", value).replace(",", "，").split())
    return f'SET VARIABLE {name} "{plain[:MOST_TEXT]}"\n'.encode(errors="replace")


def _answered(request: Request, book: CallBook) -> Variables:
    """As ``answer``, and logged; what is refused has failed."""
    try:
        variables = answer(request, book)
    except BadAgiRequest as error:
        _log.warning(line("agi_refused", reason=error.message))
        return {"KEFU_CAUSE": error.code, "KEFU_CALL": "", "KEFU_NEXT": "failed"}
    shown = {"uuid": request.arguments[0]}
    for key, name in (("call", "KEFU_CALL"), ("next", "KEFU_NEXT"), ("cause", "KEFU_CAUSE")):
        if variables.get(name):
            shown[key] = variables[name]
    _log.info(line(f"agi_{request.script}", **shown))
    return variables


def _report(name: str, status: str, book: CallBook) -> Variables:
    """Hand it to the call. Who is through, or gone, has nothing left to do."""
    result = RESULTS.get(status)
    if result is None:
        raise BadAgiRequest(f"{status[:80]!r} is no DIALSTATUS and no QUEUESTATUS.")
    call, ended = book.live(name), book.ended(name)
    if call is not None and call.attached:  # not he of whom this is told: he talks to the agent
        return _next(name, book)
    if call is not None:
        call.report(result)
        if status == "CANCEL":  # he has hung up while it rang
            call.hang_up()
    if status not in OVER:
        return _next(name, book)
    call_id = call.call.id if call is not None else ended.call if ended is not None else b""
    return _told("hangup", call_id, cause=OVER[status])


def _next(name: str, book: CallBook) -> Variables:
    call, ended = book.live(name), book.ended(name)
    if book.contested(name):  # whoever asks now is not the one who talks
        return _told("failed", b"", cause=UuidInUse.code)
    if call is None:
        cause = ended.cause if ended is not None else "unknown_uuid"
        return _told(_after(cause), ended.call if ended is not None else b"", cause=cause)
    if call.transfer is not None and not _TARGET.fullmatch(call.transfer.target):
        _log.warning(line("agi_bad_target", call=call.call.id, target=call.transfer.target))
        call.report("refused")
        call.hang_up(BAD_TARGET)
    if call.ending:
        return _told(_after(call.ending), call.call.id, cause=call.ending)
    if call.transfer is None:
        return _told("agent", call.call.id)
    slots = " ".join(f"{slot}={value}" for slot, value in call.transfer.slots.items())
    return _told(
        "transfer",
        call.call.id,
        target=call.transfer.target,
        reason=call.transfer.reason,
        summary=call.transfer.summary,
        slots=slots,
    )


def _after(cause: str) -> str:
    return "hangup" if cause in HUNG_UP else "failed"


def _told(following: str, call: bytes, **values: str) -> Variables:
    named = {f"KEFU_{name.upper()}": value for name, value in values.items()}
    return {**named, "KEFU_CALL": call.hex(), "KEFU_NEXT": following}


async def _read_line(reader: asyncio.StreamReader) -> bytes:
    """Without its end. Raises BadAgiRequest."""
    try:
        data = await reader.readuntil(b"\n")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as reason:
        raise BadAgiRequest("The connection ended, or a line has no end.") from reason
    if len(data) > MOST_LINE_BYTES:
        raise BadAgiRequest(f"A line of more than {MOST_LINE_BYTES} bytes.")
    return data.rstrip(b"\r\n")


async def _read_reply(reader: asyncio.StreamReader) -> None:
    """Raises BadAgiRequest where Asterisk does not take the command."""
    data = await _read_line(reader)
    if data == b"HANGUP":  # told once
        data = await _read_line(reader)
    if not data.startswith(b"200"):
        raise BadAgiRequest(f"Asterisk answered {_text(data[:80])!r}.")


def _text(data: bytes) -> str:
    return data.decode(errors="replace")
