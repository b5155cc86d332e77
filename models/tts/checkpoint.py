"""How far a fit is, on disk: written whole or not at all, read only if it is of this very fit."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.tts.prosody_match import Prosody
from models.tts.style_fit import SIZE, FitState
from models.tts.voice_packs import DECODER
from models.tts.whole_file import write_whole

Floats = NDArray[np.float32]

_DAMAGE: Final = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    MemoryError,
)
"""What a flipped bit in an archive may raise, beside its own errors."""
_ARRAYS: Final = ("z", "first", "second", "total", "spectra")


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A fit under way."""

    of: str
    """What it is a fit of: a digest of references and recipe."""
    start_voice: str
    prosody_voices: tuple[str, ...]
    voice_pitch_hz: float
    pack: Floats
    """(510, 1, 256) that it began with."""
    seconds: float
    """Of one core, so far."""
    states: tuple[FitState, ...]
    """Of the fits, in their order."""

    @property
    def prosody(self) -> Prosody:
        """What the pack speaks like."""
        return Prosody(
            half=np.ascontiguousarray(self.pack[:, :, DECODER:]),
            voices=self.prosody_voices,
            pitch_hz=self.voice_pitch_hz,
        )


class DamagedCheckpoint(Exception):
    """The file is none that ``save`` wrote, or of another fit."""


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Write it in the place of the one before. Raises OSError; then that one stands."""
    content = io.BytesIO()
    states: dict[str, Any] = {
        f"{name}.{place}": np.asarray(getattr(state, name))
        for place, state in enumerate(checkpoint.states)
        for name in (*_ARRAYS, "losses")
    }
    np.savez(
        content,
        **states,
        pack=checkpoint.pack,
        of=np.array(checkpoint.of),
        start_voice=np.array(checkpoint.start_voice),
        prosody_voices=np.array(checkpoint.prosody_voices),
        numbers=np.array([checkpoint.voice_pitch_hz, checkpoint.seconds]),
    )
    write_whole(path, content.getvalue())


def load(path: Path, of: str, fits: int) -> Checkpoint | None:
    """What ``save`` wrote; None where there is nothing.

    Args:
        path: the file.
        of: the digest that it must have.
        fits: how many states it must have.

    Raises:
        DamagedCheckpoint: it cannot be used; the message says why.
    """
    try:
        with np.load(path, allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        if str(arrays["of"]) != of:
            raise DamagedCheckpoint("it is of other recordings or another recipe")
        pitch, seconds = (float(number) for number in arrays["numbers"])
        states = tuple(_state(arrays, place) for place in range(fits))
        pack = arrays["pack"].astype(np.float32).reshape(510, 1, 256)
        voices = tuple(str(name) for name in arrays["prosody_voices"])
        if not (voices and np.isfinite([pitch, seconds]).all()):
            raise DamagedCheckpoint("it holds numbers that are none")
        if not np.isfinite(pack).all():
            raise DamagedCheckpoint("it holds a voice that is none")
        return Checkpoint(
            of=of,
            start_voice=str(arrays["start_voice"]),
            prosody_voices=voices,
            voice_pitch_hz=pitch,
            pack=pack,
            seconds=seconds,
            states=states,
        )
    except FileNotFoundError:
        return None
    except (*_DAMAGE, zipfile.BadZipFile, zlib.error) as error:
        raise DamagedCheckpoint(f"it cannot be read: {str(error)[:120]}") from error


def _state(arrays: Mapping[str, NDArray[Any]], place: int) -> FitState:
    state = FitState(
        **{name: arrays[f"{name}.{place}"].astype(np.float32) for name in _ARRAYS},
        losses=[float(loss) for loss in arrays[f"losses.{place}"]],
    )
    read = [getattr(state, name) for name in _ARRAYS]
    whole = all(one.shape == (SIZE,) for one in read[:-1])
    if not (whole and all(np.isfinite(one).all() for one in (*read, state.losses))):
        raise DamagedCheckpoint("it holds numbers that are none")
    return state
