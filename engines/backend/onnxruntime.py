"""ONNX Runtime on the CPU: sessions with few threads, whose memory does not grow with calls."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as failures

from engines.errors import WeightsUnusable

_BROKEN = (
    failures.Fail,
    failures.InvalidGraph,
    failures.InvalidProtobuf,
    failures.InvalidArgument,
    failures.NoSuchFile,
    failures.NotImplemented,
    failures.RuntimeException,
)


def open_session(
    path: Path,
    *,
    threads: int,
    inputs: Sequence[str] = (),
    outputs: Sequence[str] = (),
    arena: bool = False,
    spinning: bool = False,
) -> onnxruntime.InferenceSession:
    """A session on ``path``.

    Args:
        path: an ONNX file.
        threads: threads inside one operator; operators run one after the other.
        inputs: names that the network must have, in any order; empty: not checked.
        outputs: the same for its outputs, in this order.
        arena: keep freed tensors for reuse; faster for a network of many large ones, which then
            gives memory back by ``memory.enable_memory_arena_shrinkage`` after a run.
        spinning: threads spin between the operators of a run, never after it; for a network of
            thousands of small operators that a caller waits for (a tenth faster on a busy box).

    Raises:
        WeightsUnusable: the file is missing, broken or has other inputs or outputs.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Idle threads must not spin: the gateway and the other engines share these cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", str(int(spinning)))
    options.add_session_config_entry("session.force_spinning_stop", str(int(spinning)))
    # Inputs differ in length: patterns are rarely met again, and an arena does not shrink alone.
    options.enable_mem_pattern = False
    options.enable_cpu_mem_arena = arena
    try:
        session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )
    except _BROKEN as error:
        raise WeightsUnusable(f"{path} is no network that can run here: {error}") from error
    has_inputs = {value.name for value in session.get_inputs()}
    has_outputs = [value.name for value in session.get_outputs()]
    if inputs and has_inputs != set(inputs):
        raise WeightsUnusable(f"{path} takes {sorted(has_inputs)}, not {sorted(inputs)}.")
    if outputs and has_outputs != list(outputs):
        raise WeightsUnusable(f"{path} gives {has_outputs}, not {list(outputs)}.")
    return session
