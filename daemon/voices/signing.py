"""Signed records: Ed25519 over the canonical JSON of a record whose signature is empty."""

from __future__ import annotations

from typing import Protocol, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from daemon.voices.key import key_id


class Signed(Protocol):
    """A record with these two fields, both hexadecimal."""

    @property
    def key_id(self) -> str:
        """Of the key that signed it."""

    @property
    def signature(self) -> str:
        """Empty: not signed yet."""


R = TypeVar("R", bound=Signed)


def canonical(record: Signed) -> bytes:
    """UTF-8 JSON, keys sorted, no white space, ``signature`` empty: what is signed."""
    unsigned: object = msgspec.structs.replace(record, signature="")  # type: ignore[type-var]
    return msgspec.json.encode(unsigned, order="sorted")


def sign(record: R, key: Ed25519PrivateKey) -> R:
    """The record with key id and signature in it."""
    named: R = msgspec.structs.replace(  # type: ignore[type-var]
        record, key_id=key_id(key.public_key()), signature=""
    )
    signed: R = msgspec.structs.replace(  # type: ignore[type-var]
        named, signature=key.sign(canonical(named)).hex()
    )
    return signed


def is_signed_by(record: Signed, key: Ed25519PublicKey) -> bool:
    """Whether this key signed exactly this record."""
    if record.key_id != key_id(key):
        return False
    try:
        key.verify(bytes.fromhex(record.signature), canonical(record))
    except (InvalidSignature, ValueError):
        return False
    return True
