"""``kefuctl voice key``: the public key of this box, by which others trust its archives."""

from __future__ import annotations

import sys

import msgspec

from daemon.ctl import places
from daemon.ctl.output import people, print_json
from daemon.voices.errors import NoKeyYet
from daemon.voices.key import key_id, public_key, public_path


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """What ``--json`` prints."""

    key_id: str
    pem: str


def key(state: places.State = places.STATE, json: places.Json = False) -> None:
    """Print this box's public key, for `kefuctl voice import --trust` on another.

    Bring it there by another way than the archive, or compare the id by telephone.

    Examples:
        kefuctl voice key > this-box.pub
    """
    path = public_path(state)
    if not path.exists() and not (state / "voices" / "ledger.jsonl").exists():
        raise NoKeyYet(f"There is no key in {state / 'voices'} yet.")
    found = key_id(public_key(path))
    pem = path.read_text(encoding="ascii")
    if json:
        print_json(Key(key_id=found, pem=pem))
    else:
        sys.stdout.write(pem)
        people.print(f"Key id {found}")
