"""Releases that hold personal voices: ``tts_personal/NAME.bin``, one object an approved voice."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path
from typing import Final

import msgspec

from daemon.objects.store import Store, sync_folder
from daemon.release import capacity
from daemon.release.errors import ReleaseError
from daemon.release.manifest import Manifest, Object, make, read
from daemon.release.write import write, write_folder
from daemon.voices.errors import VoiceError
from daemon.voices.files import read_record
from daemon.voices.lock import voices_locked
from daemon.voices.pack import read_pack
from daemon.voices.permits import Permits
from daemon.voices.places import OBJECT, VoicePlaces, all_names
from daemon.voices.records import Approval, Card

_LINK: Final = ".link"
_OLD: Final = ".old"
NETWORK: Final = "tts_kokoro/model.onnx"
"""What a personal voice is a style of; a profile without it gets none."""

_log = logging.getLogger("kefu.voices")


def with_voices(state: Path, manifest: Manifest, now: datetime | None = None) -> Manifest:
    """The release with every voice that may speak now, and no other; settings stay.

    Args:
        state: the state folder; a pack that its store has lost is put back from the voice's folder.
        manifest: with or without personal voices.
        now: of the clock, with a zone.

    Raises:
        DiskFull: a pack cannot be put back.
    """
    objects = {
        name: one for name, one in manifest.objects.items() if not name.startswith(f"{OBJECT}/")
    }
    network = objects.get(NETWORK)
    if network is not None:
        objects.update(_allowed(state, now or datetime.now(timezone.utc), network.sha256))
    if objects == manifest.objects:
        return manifest
    return make(manifest.profile, objects, manifest.settings, manifest.labels)


def write_with_voices(state: Path, manifest: Manifest, now: datetime | None = None) -> Path:
    """Write the release with the voices that may speak, and point its profile at it.

    How many calls fit was measured without them and holds with them: they are styles of the same
    network.

    Raises:
        DiskFull, OSError: the profile's release is the one that it was.
    """
    if not (state / "voices").is_dir():
        return write(state, with_voices(state, manifest, now))
    # Whoever revokes meanwhile waits, and then finds the release that is written here.
    with voices_locked(state):
        return rewrite(state, manifest, now)


def rewrite(state: Path, manifest: Manifest, now: datetime | None = None) -> Path:
    """As ``write_with_voices``, by somebody who holds the voices' lock."""
    wanted = with_voices(state, manifest, now)
    before = _current(state, manifest.profile) or manifest.name
    _keep_capacity(state / capacity.FILE, before, wanted.name)
    return write(state, wanted)


def speaking(state: Path) -> list[Manifest]:
    """The release that each profile points at, of those that speak."""
    found = []
    for pointer, manifest in _releases(state):
        speaks = NETWORK in manifest.objects
        if pointer.is_symlink() and pointer.name == manifest.profile and speaks:
            found.append(manifest)
    return found


def manifests(state: Path) -> list[Manifest]:
    """Of all releases that are there."""
    return [manifest for _, manifest in _releases(state)]


def folders_with(state: Path, name: str) -> list[tuple[Path, Manifest]]:
    """Folders of releases, links left out, that hold this voice."""
    return [
        (folder, manifest)
        for folder, manifest in _releases(state)
        if not folder.is_symlink() and f"{OBJECT}/{name}.bin" in manifest.objects
    ]


def leave_out(state: Path, folder: Path, manifest: Manifest, name: str) -> str:
    """Put the release without one voice in the place of this one.

    Its name then leads to the new one, for whoever starts it by name; a profile that pointed at it
    points at the new one. By somebody who holds the lock; after a kill it may be done again.

    Returns:
        Name of the release that takes its place.
    """
    objects = {key: one for key, one in manifest.objects.items() if key != f"{OBJECT}/{name}.bin"}
    wanted = make(manifest.profile, objects, manifest.settings, manifest.labels)
    _keep_capacity(state / capacity.FILE, manifest.name, wanted.name)
    if _current(state, manifest.profile) == manifest.name:
        write(state, wanted)
    else:
        write_folder(state, wanted)
    link = folder.with_name(f".{folder.name}{_LINK}")
    link.unlink(missing_ok=True)
    link.symlink_to(wanted.name)
    folder.rename(folder.with_name(f".{folder.name}{_OLD}"))
    settle(state)
    return wanted.name


def settle(state: Path) -> None:
    """Finish what an interrupted ``leave_out`` has begun."""
    releases = state / "releases"
    for link in releases.glob(f".*{_LINK}"):
        place = releases / link.name[1 : -len(_LINK)]
        if not place.exists():
            link.rename(place)
            sync_folder(releases)
    for old in releases.glob(f".*{_OLD}"):
        shutil.rmtree(old)


def _allowed(state: Path, now: datetime, network: str) -> Iterator[tuple[str, Object]]:
    permits = Permits(state)
    store = Store(state / "objects")
    for name in all_names(state):
        places = VoicePlaces(state, name)
        try:
            approval = read_record(places.approval, Approval)
        except VoiceError:
            continue
        sha256 = approval.voice_sha256
        if why := permits.allowed(name, sha256, now):
            _log.warning("voice_left_out voice=%s reason=%s", name, why)
            continue
        if _of_another_network(places, sha256, network):
            _log.warning("voice_left_out voice=%s reason=other_network", name)
            continue
        size = _stored(store, sha256, places.pack)
        if size is None:
            _log.warning("voice_left_out voice=%s reason=lost", name)
            continue
        yield (
            f"{OBJECT}/{name}.bin",
            Object(sha256=sha256, bytes=size, licence=f"LicenseRef-Consent-{approval.consent_id}"),
        )


def _of_another_network(places: VoicePlaces, sha256: str, network: str) -> bool:
    """Whether the card of these bytes names another one than this: they would be noise there.

    Where neither card is of them, what their permit says counts.
    """
    for path in (places.approved_card, places.card):
        with suppress(VoiceError):
            card = read_record(path, Card)
            if card.voice_sha256 == sha256:
                return card.base_sha256 not in ("", network)
    return False


def _stored(store: Store, sha256: str, pack: Path) -> int | None:
    """Size of the object; None where neither store nor folder has these bytes."""
    if not store.has(sha256):
        try:
            content, found = read_pack(pack)
        except VoiceError:
            return None
        if found != sha256:
            return None
        store.add([content], sha256=sha256, what=pack.name)
    return store.path(sha256).stat().st_size


def _releases(state: Path) -> Iterator[tuple[Path, Manifest]]:
    folder = state / "releases"
    for one in sorted(folder.iterdir()) if folder.is_dir() else ():
        if one.name.startswith(".") or not one.is_dir():
            continue
        try:
            yield one, read(one / "release.json")
        except ReleaseError:
            _log.warning("release_left_out folder=%s", one)


def _current(state: Path, profile: str) -> str:
    try:
        return read(state / "releases" / profile / "release.json").name
    except ReleaseError:
        return ""


def _keep_capacity(path: Path, before: str, name: str) -> None:
    known = {(one.release, one.machine) for one in capacity.read(path).measured}
    for one in capacity.read(path).measured:
        if one.release == before and before != name and (name, one.machine) not in known:
            capacity.store(path, msgspec.structs.replace(one, release=name))
