"""A registry client for tests: stands in for pip, npm and hf, serving archives of a folder.

``registry_client.py SHELF download …`` and ``… pack …`` take the arguments of the real ones. Each
request takes the next of the package's misdeeds from ``SHELF/misdeeds/NAME``, one a line: ``fail``,
``truncate``, ``flip``, ``two``, ``none``, ``full``, ``hang``; then it serves the archive as it is.
"""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path


def main(shelf: Path, arguments: list[str]) -> int:
    verb = arguments[0]
    if verb == "pack":
        name, folder = arguments[1].rsplit("@", 1)[0], _after(arguments, "--pack-destination")
    elif "--local-dir" in arguments:
        name, folder = arguments[1].replace("/", "_"), _after(arguments, "--local-dir")
    else:
        name, folder = arguments[-1].split("==")[0], _after(arguments, "--dest")
    with (shelf / "requests").open("a") as requests:
        requests.write(f"{name}\n")
    misdeed = _next_misdeed(shelf / "misdeeds" / name)
    if misdeed == "fail":
        print("ERROR: Could not find a version that satisfies the requirement", file=sys.stderr)
        return 1
    if misdeed == "full":
        print("ERROR: [Errno 28] No space left on device", file=sys.stderr)
        return 1
    if misdeed == "none":
        return 0
    source = next((shelf / "archives" / name).iterdir())
    target = folder / (arguments[2] if "--local-dir" in arguments else source.name)
    content = source.read_bytes()
    if misdeed == "hang":
        target.write_bytes(content[: len(content) // 2])
        (shelf / "hanging").touch()
        time.sleep(60)
    if misdeed == "truncate":
        content = content[: len(content) // 2]
    if misdeed == "flip":
        content = content[:-40] + bytes([content[-40] ^ 1]) + content[-39:]
    print(f"Progress 0 of {len(content)}")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    if misdeed == "two":
        shutil.copy(target, folder / f"other{source.suffix}")
    print(f"Progress {len(content)} of {len(content)}")
    return 0


def _after(arguments: list[str], option: str) -> Path:
    return Path(arguments[arguments.index(option) + 1])


def _next_misdeed(path: Path) -> str:
    if not path.exists():
        return ""
    first, *rest = path.read_text().split("\n")
    path.write_text("\n".join(rest))
    return first


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
