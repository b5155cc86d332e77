"""kefu.toml as typed structs, with units in the names of the keys."""

from __future__ import annotations

import difflib
import re
from pathlib import Path
from typing import Annotated

import msgspec

from daemon.call.settings import KeypadSettings, VoiceSettings
from daemon.call.turn_taking import TurnTakingSettings
from daemon.doors.settings import AgiSettings, AudioSocketSettings
from daemon.errors import BadSettings
from daemon.voices.settings import PersonalVoiceSettings

Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Milliseconds = Annotated[int, msgspec.Meta(ge=1, le=86_400_000)]
Days = Annotated[int, msgspec.Meta(ge=1, le=36_500)]


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every section: an unknown key is an error, not a typing mistake that is ignored."""


class GatewaySettings(Section, frozen=True, kw_only=True):
    """The line, the call table and their timers."""

    max_calls: Count = 0
    """0: what ``kefuctl doctor --measure`` found, else the number of cores. Never more than the
    worker's own capacity."""
    max_call_ms: Milliseconds = 3_600_000
    """A call is closed with ``too_long`` after this, whatever the media do."""
    media_stalled_ms: Milliseconds = 2_000
    """EVENT ``media.stalled`` when the client sends no audio for so long."""
    media_timeout_ms: Milliseconds = 30_000
    """A call without audio for so long is closed."""
    client_gone_ms: Milliseconds = 10_000
    """How long a call stands still whose client's connection is broken, for it to be resumed."""
    flushed_timeout_ms: Milliseconds = 200
    """Without FLUSHED the client's last ``taken`` counts."""
    stalled_messages: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 100
    """``taken`` unmoved over so many AUDIO messages closes the call with ``client_stalled``."""
    bad_messages: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 3
    """Malformed messages after which a connection's calls are closed and it is ignored."""
    ignore_peer_ms: Milliseconds = 60_000
    """How long such a connection is ignored."""
    busy_retry_ms: Milliseconds = 5_000
    """``retry_after_ms`` of ERROR ``busy``."""
    real_time: bool = True
    """Ask the system for real-time priority; without it frames leave late on a busy box."""
    inband_dtmf: bool = True
    """Keys that are heard as tones in the caller's audio count as keys, like DTMF messages."""
    end_on_busy_tone: bool = True
    """Four busy or congestion tones in the caller's audio end the call: on an analogue trunk the
    caller has hung up."""
    comfort_noise_dbfs: Annotated[int, msgspec.Meta(ge=-96, le=-40)] = -96
    """Soft noise of this level while the agent is silent, so that the line does not seem dead; -96:
    none. -65 is that of a quiet room."""
    no_worker_retry_ms: Milliseconds = 2_000
    """``retry_after_ms`` of ERROR ``no_worker``."""
    transfer_timeout_ms: Milliseconds = 60_000
    """EVENT ``transfer`` without TRANSFERRED for so long counts as ``no_answer``."""
    drain_s: Annotated[int, msgspec.Meta(ge=0, le=86_400)] = 120
    """After SIGTERM (``systemctl stop``) no new call is taken, and those that are open have so
    long to end by themselves; then they are closed with ``shutdown``. The worker waits as long."""


class WorkerSettings(Section, frozen=True, kw_only=True):
    """The worker as the gateway sees it, and how ``kefud --standalone`` starts it."""

    capacity: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 8
    """Most calls at once that the engines can hold; ``gateway.max_calls`` admits fewer."""
    round_trip_every: Count = 50
    """Of so many clauses that were synthesised one is heard back by recognition, while no call is
    open; 0: none."""
    command: tuple[str, ...] = ()
    """Empty: ``python -m daemon.worker.main``."""
    nice: Annotated[int, msgspec.Meta(ge=0, le=19)] = 10
    """So much nicer than others is the worker that ``--standalone`` starts."""
    deaf_ms: Milliseconds = 500
    """Without an answer to FRAME for so long, callers hear the hold prompt."""
    hung_ms: Milliseconds = 6_000
    """A worker that has not answered for so long is ended by ``--standalone`` and started again."""
    lost_ms: Milliseconds = 20_000
    """Callers of a worker that stays away so long are sent to a human."""
    restart_first_ms: Milliseconds = 500
    """Wait before a worker that has ended is started again; it doubles each time …"""
    restart_most_ms: Milliseconds = 10_000
    """… up to this."""


class RecordsSettings(Section, frozen=True, kw_only=True):
    """The database of calls and turns, ``records.sqlite`` in the state folder."""

    commit_timeout_ms: Milliseconds = 500
    """An EVENT ``turn`` goes out with ``stored`` false when its commit takes longer."""
    keep_text_days: Days = 90
    """Turns are deleted after this."""
    keep_metrics_days: Days = 400
    """Calls without their turns, and the figures of ``metrics_every_s``, are deleted after this."""
    metrics_every_s: Annotated[int, msgspec.Meta(ge=1, le=86_400)] = 300
    """Latency, memory, errors and refusals are written down so often."""


class RecordingSettings(Section, frozen=True, kw_only=True):
    """The audio of calls. Nothing is recorded but where a scenario says ``recording: true``."""

    keep_days: Days = 30
    """Recordings are deleted after this."""
    least_free_mb: Count = 500
    """With less room than this on the disk no recording is begun."""


class DialogSettings(Section, frozen=True, kw_only=True):
    """What is talked about."""

    scenarios: str = "examples/scenarios"
    """Folder of the scenario files."""


class BusinessSettings(Section, frozen=True, kw_only=True):
    """The company's data."""

    operations: str = "examples/shop/operations.toml"
    """What the dialogue may ask: SQL with bound parameters."""
    database: str = ""
    """An SQLite file; empty: ``shop.sqlite`` in the state folder, made from ``seed``."""
    seed: str = "examples/shop/seed.sql"
    """Makes the demonstration's database where ``database`` is empty."""


class Settings(Section, frozen=True, kw_only=True):
    """The whole file."""

    gateway: GatewaySettings = GatewaySettings()
    worker: WorkerSettings = WorkerSettings()
    records: RecordsSettings = RecordsSettings()
    recording: RecordingSettings = RecordingSettings()
    dialog: DialogSettings = DialogSettings()
    business: BusinessSettings = BusinessSettings()
    voice: VoiceSettings = VoiceSettings()
    turn_taking: TurnTakingSettings = TurnTakingSettings()
    keypad: KeypadSettings = KeypadSettings()
    audiosocket: AudioSocketSettings = AudioSocketSettings()
    agi: AgiSettings = AgiSettings()
    personal_voices: PersonalVoiceSettings = PersonalVoiceSettings()


def load_settings(path: Path | None) -> Settings:
    """Read a settings file; defaults where there is none. Raises BadSettings."""
    if path is None:
        return Settings()
    try:
        if path.exists() and not path.is_file():
            raise BadSettings(f"{path} is no ordinary file.")
        return msgspec.toml.decode(path.read_bytes(), type=Settings)
    except OSError as reason:
        raise BadSettings(f"{path} cannot be read: {reason.strerror}.") from reason
    except msgspec.ValidationError as reason:
        where = _with_key_path(str(reason))
        raise BadSettings(f"{path}: {where}.", mend=_mend(where)) from reason
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as reason:
        raise BadSettings(f"{path} is not TOML: {reason}.") from reason


def _mend(where: str) -> str:
    """For an unknown key the nearest one that there is, else the document."""
    path, _, unknown = where.rpartition(": unknown key")[0].rpartition(".")
    section: Section | None = getattr(Settings(), path, None) if path else Settings()
    known = section.__struct_fields__ if section is not None else ()
    near = difflib.get_close_matches(unknown, known, n=1)
    if not near:
        return BadSettings.mend
    return f"Did you mean {'.'.join(part for part in (path, near[0]) if part)}? {BadSettings.mend}"


def _with_key_path(reason: str) -> str:
    """``gateway.max_calls: expected `int`, got `str``` from msgspec's account."""
    found = re.fullmatch(r"(.*) - at `\$\.?(.*)`", reason, re.DOTALL)
    what, where = found.groups() if found else (reason, "")
    unknown = re.fullmatch(r"Object contains unknown field `(.*)`", what, re.DOTALL)
    if unknown:
        return ".".join(part for part in (where, unknown[1]) if part) + ": unknown key"
    return f"{where}: {what[:1].lower()}{what[1:]}"
