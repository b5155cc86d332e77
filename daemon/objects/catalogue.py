"""What a profile is made of: objects by release name, and the packages that carry them."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import Any, Final, Literal

import msgspec

from daemon.objects.errors import CatalogueInvalid

_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_PACKAGE: Final = re.compile(r"(@[a-z0-9][a-z0-9._-]*/)?[A-Za-z0-9][A-Za-z0-9._-]*")
_VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!-]*")
_BUILT_FOR: Final = re.compile(r"(cp3\d{1,2}-[a-z][a-z0-9_]*)?")


class Package(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An archive of a registry, by name: the registry's own client knows where it lies."""

    kind: Literal["pypi", "npm"]
    name: str
    version: str
    bytes: int
    sha256: str
    """Of the archive (the wheel, the packed tar)."""
    built_for: str = ""
    """Of a wheel that is not for every machine, ``cp311-manylinux_2_28_x86_64``: this one is taken
    wherever we are, since only weights inside it are wanted."""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name} {self.version}"


class Hub(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file on the model hub."""

    hub: str
    """Repository, ``owner/name``."""
    file: str
    bytes: int = 0
    """Filled in from the object, as is the digest."""
    sha256: str = ""

    def __str__(self) -> str:
        return f"hub:{self.hub} {self.file}"


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to an object. Exactly one of the three is given."""

    members: tuple[str, ...] = ()
    """``package-id:path inside``, joined in this order."""
    hub: Hub | None = None
    file: str = ""
    """A file of the ``models`` package, committed with the code."""


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One object of the release."""

    name: str
    """``stage_engine/file``: the worker asks for it by this name."""
    licence: str
    sources: tuple[Source, ...]
    """Tried in this order."""
    bytes: int | None = None
    """Not given for committed files, which the code pins."""
    sha256: str | None = None


class Catalogue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file."""

    profile: str
    objects: tuple[Wanted, ...]
    packages: dict[str, Package] = {}
    settings: dict[str, dict[str, Any]] = {}
    """Settings of the engines, by engine; they go into the release."""


def read(path: Path) -> Catalogue:
    """Read and check a catalogue.

    Raises:
        CatalogueInvalid: not TOML, wrong type (the key path is named), or a name that does not
            resolve.
    """
    try:
        catalogue = msgspec.toml.decode(path.read_bytes(), type=Catalogue)
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
        raise CatalogueInvalid(f"{path}: {error}.") from error
    for fault in _faults(catalogue):
        raise CatalogueInvalid(f"{path}: {fault}.")
    return catalogue


def archives(catalogue: Catalogue, wanted: Wanted, source: Source) -> list[Package | Hub]:
    """What must be fetched for one source of an object; empty for a committed file."""
    if source.hub is not None:
        pins = {"bytes": wanted.bytes, "sha256": wanted.sha256}
        return [msgspec.structs.replace(source.hub, **pins)]
    return [catalogue.packages[member(reference)[0]] for reference in source.members]


def member(reference: str) -> tuple[str, str]:
    """Split ``package-id:path inside`` into its two."""
    package, _, inside = reference.partition(":")
    return package, inside


def _faults(catalogue: Catalogue) -> list[str]:
    faults = [
        f"package {key}: bad name, version, sha256 or built_for"
        for key, package in catalogue.packages.items()
        if not _PACKAGE.fullmatch(package.name)
        or not _VERSION.fullmatch(package.version)
        or not _SHA256.fullmatch(package.sha256)
        or package.bytes <= 0
        or not _BUILT_FOR.fullmatch(package.built_for)
    ]
    seen: set[str] = set()
    for wanted in catalogue.objects:
        faults += [f"object {wanted.name}: {fault}" for fault in _object_faults(wanted, catalogue)]
        if wanted.name in seen:
            faults.append(f"object {wanted.name}: named twice")
        seen.add(wanted.name)
    return faults


def _object_faults(wanted: Wanted, catalogue: Catalogue) -> list[str]:
    faults = []
    if not is_plain(wanted.name):
        faults.append("the name must be a plain relative path")
    if not wanted.sources:
        faults.append("no source")
    for source in wanted.sources:
        if bool(source.members) + (source.hub is not None) + bool(source.file) != 1:
            faults.append("a source is members, hub or file")
        for reference in source.members:
            package, inside = member(reference)
            if package not in catalogue.packages:
                faults.append(f"no package {package!r}")
            if not is_plain(inside):
                faults.append(f"{reference!r} names no member")
        if source.file and not is_plain(source.file):
            faults.append(f"{source.file!r} is no plain relative path")
        if source.file and len(wanted.sources) > 1:
            faults.append("a committed file has no other source")
        if not source.file and (
            not _SHA256.fullmatch(wanted.sha256 or "") or (wanted.bytes or 0) <= 0
        ):
            faults.append("what is fetched needs sha256 and bytes")
    return faults


def is_plain(name: str) -> bool:
    """Whether a name is a relative path that stays inside its folder."""
    path = PurePosixPath(name)
    return (
        bool(path.parts)
        and not path.is_absolute()
        and ".." not in path.parts
        and str(path) == name
        and "\\" not in name
        and "\0" not in name
    )
