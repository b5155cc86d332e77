"""What can go wrong while weights are fetched and stored."""

from __future__ import annotations

from kefu.errors import KefuError


class ObjectsError(KefuError):
    """Base of the errors of the object store."""

    code = "objects"
    exit_code = 7


class CatalogueInvalid(ObjectsError):
    """The catalogue file cannot be read."""

    code = "catalogue_invalid"
    mend = "Correct models/catalog, or reinstall."


class DigestMismatch(ObjectsError):
    """Bytes that are not what the catalogue pins."""

    code = "digest_mismatch"
    mend = "Run `kefuctl pull` again; if it stays so, the package has changed: do not use it."


class ArchiveCorrupt(ObjectsError):
    """An archive that cannot be read, or whose member is missing or too large."""

    code = "archive_corrupt"
    mend = "Run `kefuctl pull` again."


class FetchFailed(ObjectsError):
    """No source of an object answered with what the catalogue pins."""

    code = "fetch_failed"
    mend = "Check the network and the settings of pip and npm, then run `kefuctl pull` again."


class ClientMissing(ObjectsError):
    """A registry client is not installed."""

    code = "client_missing"


class DiskFull(ObjectsError):
    """The disk that holds the state folder has no room left."""

    code = "disk_full"
    exit_code = 5
    mend = "Free some space or choose another folder with --state, then run `kefuctl pull` again."


class ObjectMissing(ObjectsError):
    """An object that the store does not hold."""

    code = "object_missing"
    mend = "Run `kefuctl pull`."


class ObjectCorrupt(ObjectsError):
    """A stored object whose bytes have changed."""

    code = "object_corrupt"
    mend = "Run `kefuctl pull`: it is fetched again."


class PullRunning(ObjectsError):
    """Another pull works in the same state folder."""

    code = "pull_running"
    mend = "Wait until it ends."
