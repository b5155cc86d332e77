"""A registry of small packages, with a catalogue that wants what is in them."""

from __future__ import annotations

import hashlib
import io
import sys
import tarfile
import threading
import zipfile
from pathlib import Path

from daemon.objects.catalogue import Catalogue, Hub, Package, Source, Wanted
from daemon.objects.clients import Clients
from daemon.objects.downloads import Downloads
from daemon.objects.fetch import Fetch, Stored
from daemon.objects.store import Store

CLIENT = Path(__file__).parent / "registry_client.py"


class Watch:
    """Remembers what a pull has told."""

    def __init__(self) -> None:
        self.troubles: list[str] = []
        self.bytes: dict[str, list[int]] = {}
        self.names: list[str] = []

    def loading(self, what: str, done_bytes: int, total_bytes: int) -> None:
        self.bytes.setdefault(what, []).append(done_bytes)

    def stored(self, name: str) -> None:
        self.names.append(name)

    def trouble(self, message: str) -> None:
        self.troubles.append(message)


class Shelf:
    """Packages, the misdeeds of their registry, and pulls from it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.state = root / "state"
        self.committed = root / "models"
        self.stop = threading.Event()
        self.watch = Watch()
        self.packages: dict[str, Package] = {}
        self.objects: list[Wanted] = []
        (root / "misdeeds").mkdir(parents=True)

    @property
    def store(self) -> Store:
        return Store(self.state / "objects")

    def wheel(self, name: str, files: dict[str, bytes]) -> None:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as wheel:
            for inside, data in files.items():
                wheel.writestr(inside, data)
        self.put("pypi", name, f"{name}-1.0-py3-none-any.whl", content.getvalue())

    def tarball(self, name: str, files: dict[str, bytes]) -> None:
        content = io.BytesIO()
        with tarfile.open(fileobj=content, mode="w:gz") as packed:
            for inside, data in files.items():
                entry = tarfile.TarInfo(inside)
                entry.size = len(data)
                packed.addfile(entry, io.BytesIO(data))
        self.put("npm", name, f"{name}-1.0.tgz", content.getvalue())

    def on_hub(self, repository: str, file: str, data: bytes) -> Hub:
        folder = self.root / "archives" / repository.replace("/", "_")
        folder.mkdir(parents=True)
        (folder / Path(file).name).write_bytes(data)
        return Hub(hub=repository, file=file)

    def want(self, name: str, data: bytes, *members: str, hub: Hub | None = None) -> None:
        sources = [Source(members=members)] if members else []
        sources += [Source(hub=hub)] if hub is not None else []
        self.objects.append(
            Wanted(
                name=name,
                licence="MIT",
                sources=tuple(sources),
                bytes=len(data),
                sha256=hashlib.sha256(data).hexdigest(),
            )
        )

    def misdeeds(self, name: str, *misdeeds: str) -> None:
        (self.root / "misdeeds" / name).write_text("\n".join(misdeeds))

    def requests(self) -> list[str]:
        path = self.root / "requests"
        return path.read_text().split() if path.exists() else []

    def pull(self) -> dict[str, Stored]:
        client = (sys.executable, str(CLIENT), str(self.root))
        return Fetch(
            Catalogue(profile="test", objects=tuple(self.objects), packages=self.packages),
            self.store,
            Downloads(self.state / "pull"),
            committed=self.committed,
            clients=Clients(pip=client, npm=client, hub=client),
            watcher=self.watch,
            stop=self.stop,
        ).run()

    def put(self, kind: str, name: str, file: str, content: bytes) -> None:
        """Lay an archive on the shelf, pinned as it is."""
        folder = self.root / "archives" / name
        folder.mkdir(parents=True)
        (folder / file).write_bytes(content)
        self.packages[name] = Package(
            kind="pypi" if kind == "pypi" else "npm",
            name=name,
            version="1.0",
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )
