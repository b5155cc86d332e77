"""Published weights of the judges, read without unpickling anything but tensors."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import msgspec
import torch
from torch import nn

from engines.errors import WeightsUnusable

Network = TypeVar("Network", bound=nn.Module)


class Tensors(msgspec.Struct, frozen=True):
    """Tensors by name, and the file that they come from."""

    path: Path
    by_name: dict[str, Any]

    def fill(self, network: Network) -> Network:
        """The network, which has exactly these names and shapes, with them: it learns no more.

        Raises:
            WeightsUnusable: other names or shapes.
        """
        try:
            network.load_state_dict(self.by_name, strict=True)
        except (RuntimeError, TypeError) as error:
            reason = str(error).splitlines()[0]
            raise WeightsUnusable(f"{self.path} is of another network: {reason}") from error
        network.requires_grad_(False)
        network.eval()
        return network


def tensors(path: Path, inside: str = "", without: tuple[str, ...] = ()) -> Tensors:
    """Read a checkpoint.

    Args:
        path: a file of ``torch.save``.
        inside: the entry that holds the tensors; empty: the whole is they.
        without: names that are left out.

    Raises:
        WeightsUnusable: missing, damaged, or it holds other things than tensors.
    """
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise WeightsUnusable(f"{path} cannot be read: {error.strerror}") from error
    except Exception as error:  # whatever a damaged archive makes of torch's restricted reader
        raise WeightsUnusable(f"{path} is damaged: {str(error)[:200]}") from error
    if inside:
        found = found.get(inside) if isinstance(found, dict) else None
    if not isinstance(found, dict):
        raise WeightsUnusable(f"{path} holds no tensors by name.")
    return Tensors(path, {name: one for name, one in found.items() if name not in without})
