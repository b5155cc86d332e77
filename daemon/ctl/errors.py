"""What kefuctl itself can refuse, and the exit codes of all verbs."""

from __future__ import annotations

from typing import Final

from kefu.errors import KefuError

EXIT_CODES: Final[dict[int, str]] = {
    0: "done",
    1: "failed for a reason that has no code of its own",
    2: "wrong usage or settings",
    3: "the gateway cannot be reached",
    4: "a socket is taken or cannot be made",
    5: "a file cannot be read or written, or the disk is full",
    6: "the call was refused, or there is no such call",
    7: "weights or a part of the installation are missing or damaged",
    130: "interrupted",
}
"""Stable; scripts may rely on them."""


class BadAudioFile(KefuError):
    """A file that is not audio that we read."""

    code = "bad_audio_file"
    mend = (
        "Give a WAV file (PCM, floating point, µ-law or A-law, 8 to 192 kHz): "
        "`sox IN -b 16 OUT.wav` converts most files. "
        "`kefuctl call` and `transcribe` read raw samples with --raw."
    )
    exit_code = 5


class CannotWrite(KefuError):
    """An output file cannot be written."""

    code = "cannot_write"
    mend = "Choose another path with -o."
    exit_code = 5


class NothingToSay(KefuError):
    """Empty text."""

    code = "nothing_to_say"
    mend = "Give some text."
    exit_code = 2


class GatewayAway(KefuError):
    """Gateway and worker that were started here did not come up."""

    code = "gateway_away"
    mend = "`kefuctl doctor` tells what is missing."
    exit_code = 3


class NoStateFolder(KefuError):
    """The folder of weights, releases and records is not there."""

    code = "no_state_folder"
    mend = (
        "Name it: --state or KEFU_STATE (installed: /var/lib/kefu; a checkout has var/ after "
        "`kefuctl pull`)."
    )
    exit_code = 7


class NotInstalled(KefuError):
    """A module that a verb needs cannot be imported."""

    code = "not_installed"
    mend = "`make setup` compiles the core and installs the packages; `kefuctl doctor` tells more."
    exit_code = 7


class BadRecordings(KefuError):
    """A folder of recorded callers is missing or damaged."""

    code = "bad_recordings"
    mend = "Check it out anew (`git checkout examples benchmarks/data`), or name another folder."
    exit_code = 5


class BadScript(KefuError):
    """A file of scripted calls cannot be used; the message begins with its name and line."""

    code = "bad_script"
    mend = "`kefuctl scenario replay --help` shows how a call is written."
    exit_code = 2


class NoScenarioFile(KefuError):
    """A folder without a single scenario file."""

    code = "no_scenario_file"
    mend = "Name a folder like examples/scenarios, or a .yaml file."
    exit_code = 2


class CallsInProgress(KefuError):
    """A measurement was asked for while a gateway on this machine serves callers."""

    code = "calls_in_progress"
    mend = "Wait until they have ended; `kefuctl drain` takes no new ones."


class NoLog(KefuError):
    """There are no log lines to read, or they may not be read."""

    code = "no_log"
    mend = (
        "Ask as root or as a member of the group systemd-journal; name the state folder of "
        "`kefuctl run` with --state."
    )
    exit_code = 5


class NoAnswer(KefuError):
    """A caller spoke, and heard nothing."""

    code = "no_answer"
    exit_code = 1
    mend = (
        "`kefuctl logs` with the call's id shows what failed; docs/operations.md has a row for "
        "callers who hear nothing."
    )


class SoundAway(KefuError):
    """Microphone or loudspeaker cannot be used."""

    code = "sound_away"
    mend = "`python -m sounddevice` lists the devices; --device names one of them."
    exit_code = 7


class NotAllowed(KefuError):
    """The gateway's sockets are for members of its group."""

    code = "not_allowed"
    mend = "`sudo usermod -aG kefu USER`, then log in anew; or ask as root."
    exit_code = 3


class NoUnit(KefuError):
    """A systemd unit cannot be started."""

    code = "no_unit"
    mend = "`sudo make install` installs the units; without them leave out --background."
    exit_code = 7
