"""``release.json``: one canonical text that lists everything a release is made of."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from daemon.objects.catalogue import is_plain
from daemon.release.errors import ManifestInvalid, NoRelease

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_MAX_BYTES: Final = 1 << 20


class Object(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file of the release, by content."""

    sha256: str
    bytes: int
    licence: str


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that a release is made of."""

    format: Literal["kefu-release/1"] = "kefu-release/1"
    name: str
    """Profile and the first 12 digits of the content's SHA-256: ``lite-1a2b3c4d5e6f``."""
    profile: str
    objects: dict[str, Object]
    settings: dict[str, dict[str, Any]] = {}
    """By engine."""
    labels: dict[str, str] = {}
    """SHA-256 of each label list that the weights were trained for."""


def make(
    profile: str,
    objects: dict[str, Object],
    settings: dict[str, dict[str, Any]],
    labels: dict[str, str],
) -> Manifest:
    """A manifest whose name follows from its content: another content is another release."""
    unnamed = Manifest(name="", profile=profile, objects=objects, settings=settings, labels=labels)
    digest = hashlib.sha256(encode(unnamed)).hexdigest()
    return msgspec.structs.replace(unnamed, name=f"{profile}-{digest[:12]}")


def encode(manifest: Manifest) -> bytes:
    """The canonical bytes: UTF-8 JSON, keys sorted, no white space."""
    return msgspec.json.encode(manifest, order="sorted")


def decode(content: bytes, *, what: str) -> Manifest:
    """Read canonical bytes.

    Raises:
        ManifestInvalid: not JSON, wrong types, unsafe names, or not the canonical form.
    """
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ManifestInvalid(f"{what}: {error}.") from error
    if encode(manifest) != content:
        raise ManifestInvalid(f"{what} is not in canonical form.")
    for name, one in manifest.objects.items():
        if not is_plain(name):
            raise ManifestInvalid(f"{what}: {name!r} is no plain relative path.")
        if not _SHA256.fullmatch(one.sha256) or one.bytes < 0:
            raise ManifestInvalid(f"{what}: {name} has no proper digest or size.")
    return manifest


def read(path: Path) -> Manifest:
    """Read ``release.json``. Raises NoRelease, ManifestInvalid."""
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise NoRelease(
            f"There is no release at {path.parent}: {error.strerror}.",
            mend=f"Run `kefuctl pull --state {path.parents[2]}`.",
        ) from error
    if len(content) > _MAX_BYTES:
        raise ManifestInvalid(f"{path} is larger than {_MAX_BYTES} bytes.")
    return decode(content, what=str(path))
