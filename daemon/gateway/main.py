"""kefud: the gateway as a process."""

from __future__ import annotations

import argparse
import faulthandler
import gc
import logging
import os
import resource
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from daemon.business.operations import load_operations
from daemon.errors import BadSettings
from daemon.gateway import priority
from daemon.gateway.child import WorkerChild
from daemon.gateway.gateway import Gateway
from daemon.journal import add_level_option, configure, line
from daemon.notify import Notifier
from daemon.settings import Settings, load_settings
from kefu.errors import KefuError

_log = logging.getLogger("kefud")


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGINT, or behind the last call after SIGTERM; returns the exit status."""
    options = _parser().parse_args(arguments)
    configure(options.log_level, "kefud")
    faulthandler.enable()  # the watchdog's SIGABRT shows where every thread stood
    notifier = Notifier.from_environment()
    os.umask(0o027)
    _raise_descriptor_limit()
    run: Path = options.run or options.state / "run"
    try:
        settings = load_settings(options.config)
        if options.standalone and not settings.worker.command:
            _check_files(settings)
        if settings.gateway.real_time:
            priority.rise()
        gateway = Gateway(settings, run, options.state / "records.sqlite", notifier)
    except KefuError as error:
        print(f"kefud: {error.code}: {error}", file=sys.stderr)
        return error.exit_code
    signal.signal(signal.SIGINT, lambda *_: gateway.stop())
    signal.signal(signal.SIGTERM, lambda *_: gateway.stop_drained())
    child = None
    if options.standalone:
        try:
            child = WorkerChild(_worker_command(options, settings, run), settings.worker)
        except KefuError as error:
            gateway.close()
            print(f"kefud: {error.code}: {error}", file=sys.stderr)
            return error.exit_code
    print(f"READY ipc://{run / 'kefu.sock'}", flush=True)
    gc.collect()
    gc.freeze()  # what stands now is never garbage: later collections are short
    try:
        gateway.run(lambda: _watch(child, gateway))
    finally:
        if child is not None:
            child.end()
        gateway.close()
    _log.info(line("ended"))
    return 0


def _check_files(settings: Settings) -> None:
    """What the worker would miss at each start anew. Raises BadSettings, BadOperations."""
    scenarios = Path(settings.dialog.scenarios)
    if not scenarios.is_dir():
        raise BadSettings(
            f"dialog.scenarios: the folder {scenarios.absolute()} does not exist.",
            mend="Start kefud in the folder of the project, or give --config.",
        )
    load_operations(Path(settings.business.operations))


def _watch(child: WorkerChild | None, gateway: Gateway) -> None:
    if child is not None:
        child.watch(gateway.worker_deaf_ms(), wanted=gateway.worker_wanted)


def _raise_descriptor_limit() -> None:
    """ZeroMQ ends the process where a connection finds no descriptor left."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _worker_command(options: argparse.Namespace, settings: Settings, run: Path) -> list[str]:
    if settings.worker.command:
        command = list(settings.worker.command)
    else:
        command = [sys.executable, "-I", "-m", "daemon.worker.main"]
    command += ["--slot", str(run / "slot.sock"), "--state", str(options.state)]
    if options.config is not None:
        command += ["--config", str(options.config)]
    if options.release:
        command += ["--release", options.release]
    return [*command, "--log-level", options.log_level]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="kefud",
        description="The gateway of the kefu voice agent: it terminates the telephone line and "
        "holds the calls. It prints READY and its address once it is bound.",
        epilog="example: kefud --standalone --state ~/.local/state/kefu",
    )
    parser.add_argument(
        "--standalone", action="store_true", help="start the worker too, and end it with itself"
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings, kefu.toml")
    parser.add_argument(
        "--state",
        type=Path,
        metavar="DIR",
        default=Path(os.environ.get("KEFU_STATE", "var")),
        help="records and weights (default: $KEFU_STATE, else var)",
    )
    parser.add_argument(
        "--run", type=Path, metavar="DIR", help="folder of the sockets (default: STATE/run)"
    )
    parser.add_argument(
        "--release", metavar="NAME", help="release that the worker serves (default: the worker's)"
    )
    add_level_option(parser)
    return parser


if __name__ == "__main__":
    sys.exit(main())
