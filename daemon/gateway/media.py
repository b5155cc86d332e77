"""The timers of a call: a pure function of how long each thing has lasted."""

from __future__ import annotations

from typing import Literal

import msgspec

from daemon.settings import GatewaySettings

Verdict = Literal["", "stalled", "media_timeout", "client_stalled", "client_gone", "too_long"]


class Media(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a call's media at one instant."""

    age_ms: float
    """Since OPENED."""
    idle_ms: float
    """Since the last accepted AUDIO, or since OPENED where there was none."""
    begun: bool
    """The client has sent AUDIO."""
    suspended: bool
    """Held or being transferred: nobody expects audio."""
    stalled: bool
    """``media.stalled`` was already said for this pause."""
    gone_ms: float
    """Since the client's connection was found broken."""
    unmoved_messages: int
    """AUDIO messages in a row without ``taken`` moving while something was untaken."""


def judge(media: Media, settings: GatewaySettings) -> Verdict:
    """What has to happen now; the gravest first."""
    if media.age_ms >= settings.max_call_ms:
        return "too_long"
    if media.gone_ms >= settings.client_gone_ms:
        return "client_gone"
    if media.suspended:
        return ""
    if media.unmoved_messages >= settings.stalled_messages:
        return "client_stalled"
    if media.idle_ms >= settings.media_timeout_ms:
        return "media_timeout"
    if media.begun and not media.stalled and media.idle_ms >= settings.media_stalled_ms:
        return "stalled"
    return ""
