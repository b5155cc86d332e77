"""Errors of the gateway, the records and the settings."""

from __future__ import annotations

from kefu.errors import KefuError


class BadSettings(KefuError):
    """The settings file cannot be read as settings; the message names the key's path."""

    code = "bad_settings"
    mend = "docs/settings.md lists every key with its type and default."
    exit_code = 2


class SocketInUse(KefuError):
    """Another process listens at the path of a socket."""

    code = "socket_in_use"
    mend = "Stop the gateway that runs there, or choose another folder with --run."
    exit_code = 4


class BadSocketPath(KefuError):
    """A socket cannot be made at this path."""

    code = "bad_socket_path"
    mend = "Choose another folder with --run."
    exit_code = 4


class RecordsUnusable(KefuError):
    """The database of turn records cannot be opened."""

    code = "records_unusable"
    mend = "Check the file's owner and the free space, or choose another folder with --state."
    exit_code = 5


class NoSuchCall(KefuError):
    """No record of the call that was asked for."""

    code = "no_such_call"
    mend = "kefuctl calls list shows the calls that are recorded."
    exit_code = 6


class BadOperations(KefuError):
    """The list of operations of a business database cannot be used; the message says where."""

    code = "bad_operations"
    mend = "Compare it with examples/shop/operations.toml."
    exit_code = 2


class BadSeed(KefuError):
    """A database could not be made from its SQL file."""

    code = "bad_seed"
    mend = "Check the SQL file and that the folder of the database can be written to."
    exit_code = 5


class BadRequest(KefuError):
    """A line on the control socket that is no request, or an answer that is none."""

    code = "bad_request"
    mend = "docs/control-socket.md lists the requests."


class ControlBusy(KefuError):
    """As many connections to the control socket as are served at once."""

    code = "control_busy"
    mend = "End one of the programs that watch the gateway, or try again."
    exit_code = 3


class ControlFault(KefuError):
    """The gateway made a mistake over a request; its log tells which. Calls go on."""

    code = "control_fault"
    mend = "Report it with the lines around `fault` in the gateway's log."


class MeasureDiffers(KefuError):
    """The gateway's state folder has another measured number of calls than was sent, or none."""

    code = "measure_differs"
    mend = "Measure with the gateway's own --state: `kefuctl doctor --measure --state DIR`."
    exit_code = 2
