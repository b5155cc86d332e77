"""``[personal_voices]`` of kefu.toml: who speaks, and when a voice is good enough."""

from __future__ import annotations

from typing import Annotated

import msgspec

from engines.voice_name import PERSONAL

Name = Annotated[str, msgspec.Meta(pattern=f"^({PERSONAL.pattern})?$")]
Part = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class PersonalVoiceSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Voices of the company's own staff."""

    zh: Name = ""
    """Who speaks Mandarin where neither scenario nor step names a voice; empty: the stock voice."""
    en: Name = ""
    """Likewise for English."""
    least_seconds: Annotated[float, msgspec.Meta(ge=5.0, le=600.0)] = 15.0
    """Of usable speech that a voice is made from."""
    least_samples: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 20
    """Fewer make a voice, with a note of what more would bring."""
    best_samples: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 50
    """More bring nothing."""
    quality: Part = 0.8
    """Of a sample that counts whole."""
    base_weight: Part = 0.8
    """Share of the stock voice, and …"""
    personal_weight: Part = 0.2
    """… of the person, where voices are adapted by training; a fitted voice's card records both."""
    share_of_the_way: Part = 0.35
    """Least rise from the nearest stock voice to the person, by the judge that is not optimised."""
    error_rate_margin: Part = 0.03
    """How much worse than the stock voice it may be understood."""
    least_likeness: Part = 0.61
    """Cosine between the consent's speaker and the enrolment's, below which it is another's."""
    consent_days: Annotated[int, msgspec.Meta(ge=1, le=3_650)] = 365
    """How long a consent holds that names no other end."""
    score_to_fit_again: Annotated[float, msgspec.Meta(ge=1.0, le=5.0)] = 3.5
    """A voice that callers and supervisors score below this is offered for fitting again."""
