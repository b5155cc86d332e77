"""The JSON Schema of kefu/1's headers, generated from the structs.

``python -m kefu.schema > docs/kefu-1.schema.json``
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from kefu.protocol import FROM_CLIENT, FROM_GATEWAY, Header


def schema() -> dict[str, Any]:
    """One definition a header, and which message of which side has it."""
    headers: list[type[Header]] = [*FROM_CLIENT.values(), *FROM_GATEWAY.values()]
    references, definitions = msgspec.json.schema_components(headers, ref_template="#/$defs/{name}")
    by_header = dict(zip(headers, references, strict=True))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "kefu/1",
        "description": "Headers (the fourth part, msgpack) of the messages of kefu/1.",
        "from_client": {name.decode(): by_header[kind] for name, kind in FROM_CLIENT.items()},
        "from_gateway": {name.decode(): by_header[kind] for name, kind in FROM_GATEWAY.items()},
        "$defs": definitions,
    }


def text() -> str:
    """The schema as it lies in ``docs/kefu-1.schema.json``."""
    return json.dumps(schema(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    print(text(), end="")
