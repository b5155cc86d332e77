"""What can be wrong with a release."""

from __future__ import annotations

from kefu.errors import KefuError


class ReleaseError(KefuError):
    """Base of the errors of a release."""

    code = "release"
    exit_code = 7


class NoRelease(ReleaseError):
    """There is no release of this name."""

    code = "no_release"
    mend = "Run `kefuctl pull`."


class ManifestInvalid(ReleaseError):
    """A ``release.json`` that is not a canonical manifest."""

    code = "manifest_invalid"
    mend = "Run `kefuctl pull`: it is written again."


class NotInRelease(ReleaseError):
    """The release has no object of this name."""

    code = "not_in_release"
    mend = "Run `kefuctl pull`: this code wants weights that the release does not have."


class LabelsDiffer(ReleaseError):
    """The release was made for other labels than this code has."""

    code = "labels_differ"
    mend = "Run `kefuctl pull` to make a release of this code's weights."
