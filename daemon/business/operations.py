"""The allow-list of a business database: named operations, their SQL, and the arguments to bind."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from daemon.errors import BadOperations

MAX_BYTES: Final = 256 * 1024
PARAMETER: Final = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")
_POSITIONAL: Final = re.compile(r"[?@$]")
_LITERAL: Final = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*")

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Operation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One operation. Values reach its SQL as bound parameters ``:name`` and in no other way."""

    statements: Annotated[tuple[str, ...], msgspec.Meta(min_length=1, max_length=10)]
    """Run in this order in one transaction; the last one is a SELECT whose first row answers."""
    arguments: tuple[Name, ...]
    returns: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1)]
    """Columns of the answer, by name."""
    changes: bool = False
    no_row: Literal["not_found", "refused"] = "not_found"
    """The error when the last statement gives no row; a transaction of that kind is undone."""


class Operations(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file: operations by name."""

    operations: dict[Name, Operation]


def load_operations(path: Path) -> dict[str, Operation]:
    """Read the allow-list from TOML. Raises BadOperations."""
    try:
        if path.exists() and not path.is_file():
            raise BadOperations(f"{path} is no ordinary file.")
        data = path.read_bytes()
        if len(data) > MAX_BYTES:
            raise BadOperations(f"{path} has {len(data)} bytes; at most {MAX_BYTES} are read.")
        read = msgspec.toml.decode(data, type=Operations)
    except FileNotFoundError as reason:
        raise BadOperations(
            f"{path.absolute()} does not exist.",
            mend="Run it in the folder of the project, or name the file in [business] operations "
            "of the file that --config gives.",
        ) from reason
    except OSError as reason:
        raise BadOperations(
            f"{path.absolute()} cannot be read: {reason.strerror}.",
            mend="Check its owner and mode.",
        ) from reason
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as reason:
        raise BadOperations(f"{path}: {reason}.") from reason
    for name, operation in read.operations.items():
        _check(path, name, operation)
    return dict(read.operations)


def _check(path: Path, name: str, operation: Operation) -> None:
    where = f"{path}: operations.{name}"
    statements = [_LITERAL.sub(" ", statement) for statement in operation.statements]
    used = {parameter for text in statements for parameter in PARAMETER.findall(text)}
    if used != set(operation.arguments):
        different = ", ".join(sorted(used ^ set(operation.arguments)))
        raise BadOperations(f"{where}: bound parameters and arguments differ: {different}.")
    if any(_POSITIONAL.search(text) for text in statements):
        raise BadOperations(f"{where}: write parameters as :name.")
    kinds = [text.split(None, 1)[0].upper() if text.split() else "" for text in statements]
    if kinds[-1] not in ("SELECT", "WITH"):
        raise BadOperations(f"{where}: the last statement must be a SELECT.")
    if not operation.changes and set(kinds) - {"SELECT", "WITH"}:
        raise BadOperations(f"{where}: it writes, so it needs changes = true.")
