"""docs/settings.md, written from the settings' own structs and the words below their fields.

``python -m daemon.settings_reference > docs/settings.md``
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator

import msgspec

from daemon.settings import Settings

HEAD = """# Settings

`kefu.toml`, given by `--config` to `kefud`, `kefu-worker`, `kefuctl run` and
`kefuctl doctor`. Every key may be left out. An unknown key, or a value of the wrong type, is an
error that names the key. Written by `python -m daemon.settings_reference`.
"""


def text() -> str:
    """The whole document."""
    return "\n".join([HEAD, *_sections()])


def _sections() -> Iterator[str]:
    for section in msgspec.structs.fields(Settings):
        kind = type(section.default)
        meanings = words(kind)
        yield f"## [{section.name}]\n\n{inspect.getdoc(kind)}\n"
        yield "| key | default | |\n| --- | --- | --- |"
        for field in msgspec.structs.fields(kind):
            default = msgspec.json.encode(field.default).decode()
            yield f"| {field.name} | `{default}` | {meanings.get(field.name, '')} |"
        yield ""


def words(kind: type[msgspec.Struct]) -> dict[str, str]:
    """The string that follows each field in the source."""
    (struct,) = ast.parse(inspect.getsource(kind)).body
    if not isinstance(struct, ast.ClassDef):
        raise TypeError(f"{kind} is no class")
    words: dict[str, str] = {}
    for statement, following in zip(struct.body, struct.body[1:], strict=False):
        match statement, following:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(said))),
            ):
                words[name] = " ".join(said.split())
    return words


if __name__ == "__main__":
    print(text(), end="")
