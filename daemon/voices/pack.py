"""A voice's pack: the file that the network speaks with."""

from __future__ import annotations

from pathlib import Path

from daemon.voices.errors import NoSuchVoice, VoiceError
from daemon.voices.ordinary_file import read_ordinary
from engines.tts.voice_file import BYTES_PERSONAL, read_voice


def read_pack(path: Path) -> tuple[bytes, str]:
    """The bytes of a pack and their SHA-256.

    Raises:
        NoSuchVoice: there is no such file.
        VoiceError: it is no pack.
    """
    try:
        content = read_ordinary(path, BYTES_PERSONAL)
        if len(content) > BYTES_PERSONAL:
            raise VoiceError(
                f"{path} has more than {BYTES_PERSONAL} bytes.",
                mend="Newer software may have made it: update this box, or make the voice again.",
            )
    except FileNotFoundError as reason:
        raise NoSuchVoice(f"There is no {path}.") from reason
    except OSError as reason:
        raise VoiceError(f"{path} cannot be read: {reason.strerror}.") from reason
    return content, check_pack(content, str(path))


def check_pack(content: bytes, what: str) -> str:
    """The SHA-256 of a pack's bytes.

    Raises:
        VoiceError: they are no pack: another size, or numbers that no style has.
    """
    try:
        return read_voice(content).sha256
    except ValueError as reason:
        raise VoiceError(f"{what} is no voice: {reason}.") from reason
