"""Writes the web page of a listening test: one file, nothing fetched, nothing told.

The page holds sounds under random names and questions about them. Which voice spoke stands in the
key alone.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from daemon.voices.errors import PageTooLarge
from daemon.voices.listening.plan import Plan

MOST_BYTES: Final = 32 << 20
"""Browsers take more; a mail server, where most pages travel, does not."""
RATES_HZ: Final = (8_000, 16_000)
Shown = Literal["", "zh-Hans", "zh-Hant", "en"]
_WEB: Final = Path(__file__).parent / "web"
_SCRIPTS: Final = ("listener.js", "order.js", "player.js", "screens.js")
"""In this order: each uses what stands before it."""


class _Question(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: str
    kind: str
    clips: tuple[str, ...]
    apart: int
    """Equal for the same sentence: not heard twice in a row."""
    training: bool = False


class _Data(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    seed: int
    rate_hz: int
    language: Shown
    clips: dict[str, str]
    trials: tuple[_Question, ...]


def page(
    plan: Plan,
    sounds: Mapping[str, NDArray[np.int16]],
    *,
    page_id: str,
    seed: int,
    rate_hz: int,
    language: Shown = "",
) -> bytes:
    """The page as HTML, UTF-8.

    Args:
        plan: what is heard and asked.
        sounds: of each clip, (T,) int16 at ``rate_hz``; whatever could tell one condition from
            another but the voice is gone from them (``clips.alike``).
        page_id: random, 16 hexadecimal digits.
        seed: of the listeners' orders; says nothing about ids, which are drawn elsewhere.
        rate_hz: 8000 or 16000.
        language: of the interface; empty: the browser's.

    Raises:
        PageTooLarge: more than ``MOST_BYTES``.
    """
    sentences = {clip.id: (clip.voice, clip.sentence) for clip in plan.clips}
    # Numbered by id, which is random: the number says nothing.
    numbers: dict[tuple[str, int], int] = {}
    for clip in sorted(plan.clips, key=lambda clip: clip.id):
        numbers.setdefault((clip.voice, clip.sentence), len(numbers))
    data = _Data(
        id=page_id,
        seed=seed,
        rate_hz=rate_hz,
        language=language,
        clips={clip.id: data_uri(sounds[clip.id], rate_hz) for clip in plan.clips},
        trials=tuple(
            _Question(
                id=trial.id,
                kind=trial.kind,
                clips=trial.clips,
                apart=numbers[sentences[trial.clips[0]]],
                training=trial.training,
            )
            for trial in plan.trials
        ),
    )
    style = _text("page.css")
    script = _script()
    policy = (
        f"default-src 'none'; script-src {_source(script)}; style-src {_source(style)}; "
        "media-src blob:; img-src data:; base-uri 'none'; form-action 'none'"
    )
    filled = Template(_text("page.html")).substitute(
        policy=policy,
        style=style,
        script=script,
        words=_in_html(msgspec.json.encode(msgspec.json.decode(_text("words.json")))),
        page=_in_html(msgspec.json.encode(data)),
    )
    content = filled.encode()
    if len(content) > MOST_BYTES:
        raise PageTooLarge(
            f"The page would have {len(content) / 2**20:.0f} MiB; {MOST_BYTES >> 20} are its most."
        )
    return content


def data_uri(pcm: NDArray[np.int16], rate_hz: int) -> str:
    """(T,) int16 as a WAV file of 44 bytes of header, which every browser plays, as a data URI."""
    sound = pcm.astype("<i2").tobytes()
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate_hz, 2 * rate_hz, 2, 16)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(sound)) + sound
    wav = struct.pack("<4sI", b"RIFF", len(body)) + body
    return "data:audio/wav;base64," + base64.b64encode(wav).decode("ascii")


def _text(name: str) -> str:
    return (_WEB / name).read_text("utf-8")


def _script() -> str:
    """All scripts as one, in a scope of its own."""
    return '"use strict";\n(() => {\n' + "\n".join(map(_text, _SCRIPTS)) + "})();\n"


def _source(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
    return f"'sha256-{digest}'"


def _in_html(json: bytes) -> str:
    """JSON that cannot end the element that it stands in."""
    return json.decode().replace("<", "\\u003c")
