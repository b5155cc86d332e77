"""The box's own key: made at first use, it signs consents, approvals and the ledger.

``voices/key.pem`` belongs to whoever makes voices and is read by nobody else; ``voices/key.pub`` is
what the services verify with, and what another box needs to trust this one's archives.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from daemon.objects.store import disk_full_as_error, sync_folder
from daemon.voices.errors import SiteKeyUnusable, VoiceError
from daemon.voices.files import make_folder, write_bytes
from daemon.voices.ordinary_file import read_ordinary

_MOST_BYTES: Final = 4096


def private_path(state: Path) -> Path:
    """Where the key lies."""
    return state / "voices" / "key.pem"


def public_path(state: Path) -> Path:
    """Where its public half lies."""
    return state / "voices" / "key.pub"


def key_id(key: Ed25519PublicKey) -> str:
    """The first 16 hexadecimal digits of the SHA-256 of the raw public key."""
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:16]


def site_key(state: Path) -> Ed25519PrivateKey:
    """The key, made where there is none and nothing was signed yet.

    Raises:
        SiteKeyUnusable: it is damaged, others may read it, or it is lost and a ledger is there.
        DiskFull: no room to make it.
    """
    path = private_path(state)
    if not path.exists():
        if (state / "voices" / "ledger.jsonl").exists():
            raise SiteKeyUnusable(f"{path} is lost: it signed what the ledger says.")
        with disk_full_as_error("the key of this box"):
            _make(path)
    found = os.stat(path)
    if found.st_mode & 0o077:
        raise SiteKeyUnusable(f"{path} may be read by others.", mend=f"chmod 600 {path}")
    try:
        key = load_pem_private_key(_content(path), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as reason:
        raise SiteKeyUnusable(f"{path} is no key.") from reason
    if not isinstance(key, Ed25519PrivateKey):
        raise SiteKeyUnusable(f"{path} is no Ed25519 key.")
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    if not _holds(public_path(state), public):
        write_bytes(public_path(state), public)
    return key


def public_key(path: Path) -> Ed25519PublicKey:
    """Read a public key, this box's or another's.

    Raises:
        SiteKeyUnusable: there is none, or it is no Ed25519 key.
    """
    try:
        key = load_pem_public_key(_content(path))
    except (ValueError, UnsupportedAlgorithm) as reason:
        raise SiteKeyUnusable(f"{path} is no public key.") from reason
    if not isinstance(key, Ed25519PublicKey):
        raise SiteKeyUnusable(f"{path} is no Ed25519 key.")
    return key


def _holds(path: Path, content: bytes) -> bool:
    try:
        return _content(path) == content
    except SiteKeyUnusable:
        return False


def _content(path: Path) -> bytes:
    try:
        return read_ordinary(path, _MOST_BYTES)
    except (FileNotFoundError, VoiceError) as reason:
        raise SiteKeyUnusable(f"There is no key at {path}.") from reason
    except OSError as reason:
        raise SiteKeyUnusable(f"{path} cannot be read: {reason.strerror}.") from reason


def _make(path: Path) -> None:
    """Two that make it at once end up with one: the second finds the first's."""
    make_folder(path.parent)
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    descriptor, name = tempfile.mkstemp(prefix=".key.", dir=path.parent)  # readable by us alone
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            if os.geteuid() == 0:
                owner = path.parent.stat()
                os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(name, path)
        sync_folder(path.parent)
    finally:
        os.unlink(name)
