"""Where networks run: devices, precision, batches. Everything that imports torch comes through here."""

from __future__ import annotations

import logging
import multiprocessing
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from augcli.errors import ResourceError
from augcli.models.shares import tell_share
from augcli.process import log_level

if TYPE_CHECKING:
    import torch


T = TypeVar("T")
R = TypeVar("R")

Precision: TypeAlias = Literal["auto", "float32", "bfloat16", "float16", "int8"]


PRECISIONS = "auto: float32 on a CPU, bfloat16 on a GPU; int8 is for CPUs; all but float32 change some of the outputs"
EXTRA = "models"


@cache
def need(*packages: str, extra: str = EXTRA) -> None:
    """Raise ResourceError, with the command that installs them, when one of `packages` is missing."""
    for package in packages:
        try:
            version(package)
        except PackageNotFoundError:
            raise ResourceError(f"{package} is not installed; get it with: pip install 'augcli[{extra}]'") from None


@contextmanager
def contained() -> Iterator[None]:
    """Load or run a network: with one thread, no messages, no progress bars, and torch's random numbers left alone.

    More threads would change the last bits of the results, and with them some draws; workers scale instead.
    Raises ResourceError when torch or transformers is missing.
    """
    need("torch", "transformers")
    import torch

    with threads(1), _quiet(), torch.random.fork_rng([]):
        yield


@contextmanager
def threads(number: int) -> Iterator[None]:
    """Let torch use so many threads of a CPU for a while."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def own_random_numbers(place: torch.device) -> AbstractContextManager[None]:
    """Keep what is drawn in the meantime from the random numbers that torch draws later, on `place` too."""
    import torch

    return torch.random.fork_rng([place] if place.type == "cuda" else [])


@contextmanager
def _quiet() -> Iterator[None]:
    """Let the transformers package write no messages and show no progress bars for a while."""
    from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars
    from transformers.utils import logging as transformers

    with ExitStack() as stack:
        stack.enter_context(log_level(logging.getLogger("transformers"), logging.ERROR))
        if transformers.is_progress_bar_enabled():
            if are_progress_bars_disabled():
                stack.callback(disable_progress_bars)  # for they come back with those of transformers
            stack.callback(transformers.enable_progress_bar)
            transformers.disable_progress_bar()  # type: ignore[no-untyped-call]
        yield


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


@contained()
def ready_to_predict(model: Any, precision: Precision, place: torch.device) -> Any:
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
    start, done, total = 0, 0, sum(lengths) or 1
    while start < len(order):
        size = max(1, tokens // max(1, lengths[order[start]]))
        batch = order[start : start + size]
        yield batch
        start += size
        done += sum(lengths[number] for number in batch)
        tell_share(done / total)


_WIDTH = 8
"""Texts are padded to a multiple of so many tokens."""


def even_batches(lengths: Sequence[int], tokens: int) -> Iterator[tuple[int, list[int], list[int]]]:
    """Numbers of range(len(lengths)) in batches: the width to pad them to, the numbers, and these with filling.

    A matrix of another shape is multiplied in another order, so here the shape depends on the width alone: what comes
    out for a text does not depend on its neighbours.
    """
    by_width: dict[int, list[int]] = {}
    for number, length in enumerate(lengths):
        by_width.setdefault(-(-length // _WIDTH) * _WIDTH, []).append(number)
    done, total = 0, sum(width * len(numbers) for width, numbers in by_width.items()) or 1
    for width, numbers in sorted(by_width.items()):
        size = max(1, tokens // width)
        for start in range(0, len(numbers), size):
            some = numbers[start : start + size]
            yield width, some, [*some, *[some[0]] * (size - len(some))]
            done += width * len(some)
            tell_share(done / total)


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
