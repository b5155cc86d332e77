"""How far a fit is, on disk: what was saved is gone on from, and nothing else."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
import pytest

from models.tts.checkpoint import Checkpoint, DamagedCheckpoint, load, save
from models.tts.style_fit import SIZE, FitState


def checkpoint() -> Checkpoint:
    state = FitState.start()
    state.z[:] = np.linspace(-1, 1, SIZE)
    state.losses.extend([3.0, 2.5])
    return Checkpoint(
        of="digest",
        start_voice="am_adam",
        prosody_voices=("am_adam", "am_echo"),
        voice_pitch_hz=120.0,
        pack=np.full((510, 1, 256), 0.25, np.float32),
        seconds=12.5,
        states=(state, FitState.start()),
    )


def test_what_was_saved_is_gone_on_from(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.npz"
    assert load(path, "digest", 2) is None
    save(path, checkpoint())
    found = load(path, "digest", 2)
    assert found is not None
    assert [one.step for one in found.states] == [2, 0]
    np.testing.assert_array_equal(found.states[0].z, checkpoint().states[0].z)
    assert found.prosody.voices == ("am_adam", "am_echo")
    assert found.prosody.half.shape == (510, 1, 128)
    with pytest.raises(DamagedCheckpoint, match="other recordings"):
        load(path, "another", 2)


@pytest.mark.parametrize(
    "change",
    [
        {"pack": np.full((510, 1, 256), np.nan, np.float32)},
        {"pack": np.zeros((3, 3), np.float32)},
        {"prosody_voices": ()},
        {"voice_pitch_hz": float("nan")},
        {"seconds": float("inf")},
        {"states": ()},
        {"states": (FitState.start(),)},
        {
            "states": (
                FitState.start(),
                FitState(**{**msgspec.structs.asdict(FitState.start()), "losses": [np.nan]}),
            )
        },
        {
            "states": (
                FitState.start(),
                FitState(**{**msgspec.structs.asdict(FitState.start()), "z": np.zeros(3)}),
            )
        },
    ],
)
def test_numbers_that_are_none_are_not_gone_on_from(
    tmp_path: Path, change: dict[str, object]
) -> None:
    path = tmp_path / "checkpoint.npz"
    save(path, msgspec.structs.replace(checkpoint(), **change))
    with pytest.raises(DamagedCheckpoint):
        load(path, "digest", 2)


def test_a_flipped_bit_anywhere_is_a_damaged_checkpoint_and_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.npz"
    save(path, checkpoint())
    whole = path.read_bytes()
    rng = np.random.default_rng(4)
    places = [*range(len(whole) - 1500, len(whole), 3), *rng.integers(0, len(whole), 60)]
    outcomes = set()
    for place in places:
        broken = bytearray(whole)
        broken[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(broken)
        try:
            load(path, "digest", 2)
            outcomes.add("read")
        except DamagedCheckpoint:
            outcomes.add("damaged")
    assert "damaged" in outcomes
    for size in (0, 1, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(DamagedCheckpoint):
            load(path, "digest", 2)
