"""Where networks run: devices, precision, batches. Everything that imports torch comes through here."""

from __future__ import annotations

import multiprocessing
import os
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from augcli.errors import ResourceError

if TYPE_CHECKING:
    import torch


T = TypeVar("T")
R = TypeVar("R")

Precision: TypeAlias = Literal["auto", "float32", "bfloat16", "float16", "int8"]


PRECISIONS = "auto: float32 on a CPU, bfloat16 on a GPU; int8 is for CPUs; all but float32 change some of the outputs"
EXTRA = "models"


def need(*packages: str, extra: str = EXTRA) -> None:
    """Raise ResourceError, with the command that installs them, when one of `packages` is missing."""
    for package in packages:
        try:
            version(package)
        except PackageNotFoundError:
            raise ResourceError(f"{package} is not installed; get it with: pip install 'augcli[{extra}]'") from None


@cache
def prepared() -> None:
    """Once per process, before torch is used: no network, no chatter, one thread.

    More threads would change the last bits of the results, and with them some draws; workers scale instead.
    Raises ResourceError when torch or transformers is missing.
    """
    need("torch", "transformers")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads of a training that wait leave the core to others
    os.environ |= {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_TELEMETRY": "1", "TOKENIZERS_PARALLELISM": "false"}
    import torch
    from transformers.utils import logging

    torch.set_num_threads(1)
    logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]


def gpus() -> list[str]:
    """The names of the GPUs that torch can use; none without torch."""
    try:
        need("torch")
    except ResourceError:
        return []
    import torch

    return [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]


def device_kind(wanted: str) -> str:
    """The kind of device that `wanted` (auto, cpu, cuda, cuda:N) means here: cpu or cuda.

    Raises ResourceError when it asks for a GPU that is not there.
    """
    kind, _, number = wanted.partition(":")
    if kind == "cpu":
        return "cpu"
    found = len(gpus())
    if kind == "cuda" and found <= int(number or 0):
        raise ResourceError(
            f"device {wanted}: torch sees {found or 'no'} GPU{'s' * (found != 1)} here; use cpu or auto"
        )
    return "cuda" if found else "cpu"


def device(wanted: str) -> torch.device:
    """The device for this process: of several GPUs, each worker takes the next one. Raises ResourceError."""
    import torch

    if device_kind(wanted) == "cpu":
        return torch.device("cpu")
    _, _, number = wanted.partition(":")
    if not number:
        worker = re.search(r"-(\d+)$", multiprocessing.current_process().name)
        number = str((int(worker[1]) - 1) % torch.cuda.device_count() if worker else 0)
    return torch.device("cuda", int(number))


def dtype(precision: Precision, place: torch.device) -> torch.dtype:
    """The type of the weights."""
    import torch

    if precision == "auto":
        precision = "float32" if place.type == "cpu" else "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
    return {"bfloat16": torch.bfloat16, "float16": torch.float16}.get(precision, torch.float32)


def finished(model: Any, precision: Precision, place: torch.device) -> Any:
    """A loaded model ready to predict: on its device, in its precision."""
    import torch

    model = model.to(place).eval().requires_grad_(False)
    if precision == "int8":
        quantize: Any = torch.ao.quantization.quantize_dynamic
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecated; what is to take its place is a package of its own
            model = quantize(model, {torch.nn.Linear}, dtype=torch.qint8)
    return model


def batches(lengths: Sequence[int], tokens: int) -> Iterator[list[int]]:
    """Numbers of range(len(lengths)), the longest first, in batches that hold at most `tokens` when padded."""
    order = sorted(range(len(lengths)), key=lambda number: (-lengths[number], number))
    start = 0
    while start < len(order):
        size = max(1, tokens // max(1, lengths[order[start]]))
        yield order[start : start + size]
        start += size


def halving(work: Callable[[list[T]], list[R]], items: list[T]) -> list[R]:
    """`work` of `items`; where the memory of the GPU is too small for all of them, of half of them at a time."""
    import torch

    try:
        return work(items)
    except torch.cuda.OutOfMemoryError:
        if len(items) == 1:
            raise
    torch.cuda.empty_cache()
    middle = len(items) // 2
    return halving(work, items[:middle]) + halving(work, items[middle:])


DEVICE = r"^(auto|cpu|cuda(:\d+)?)$"
"""What may be called a device."""
