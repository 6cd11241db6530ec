"""Neural models: which device, from which folder, in which batches. Everything that loads one comes through here."""

from __future__ import annotations

import multiprocessing
import os
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, TypeVar

from augcli.errors import ResourceError
from augcli.language.resources import Lexicon, digest

if TYPE_CHECKING:
    import torch

T = TypeVar("T")
R = TypeVar("R")

Precision: TypeAlias = Literal["auto", "float32", "bfloat16", "float16", "int8"]
Stored: TypeAlias = Literal["float32", "float16", "int8"]
PRECISIONS = "auto: float32 on a CPU, bfloat16 on a GPU; int8 is for CPUs; all but float32 change some of the outputs"
EXTRA = "models"
WEIGHTS = ("*.safetensors", "*.bin")
UNLIMITED = 1 << 20
"""Models without a window of their own are said to have one larger than this."""
STORED_AS, SCALE = "augcli_weights", ".scale"
"""Key of config.json that says how augcli stored the weights; what the scales of a tensor are called after it."""
MODEL_FILES = ("*.json", "*.txt", "*.model", "*.spm", *WEIGHTS)
"""What belongs to a model: weights, config, vocabulary."""


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


def masked_lm(folder: Path, place: torch.device, precision: Precision) -> Any:
    """The masked language model in `folder`, ready to predict.

    Raises ResourceError when there is none, or when its head was never trained.
    """
    model, missing = load_masked_lm(folder, dtype(precision, place))
    if missing:
        raise ResourceError(
            f"{folder.resolve()} cannot fill in masks: it lacks the weights {', '.join(missing)}; "
            "take a masked language model, or train the head with `augcli adapt` and new_head: true"
        )
    return finished(model, precision, place)


def load_masked_lm(folder: Path, kind: torch.dtype) -> tuple[Any, list[str]]:
    """A masked language model with weights of type `kind`, and the names of those that its folder lacks.

    Raises ResourceError when the folder holds no such model.
    """
    prepared()
    import torch
    from safetensors import SafetensorError
    from transformers import AutoConfig, AutoModelForMaskedLM

    options: dict[str, Any] = {"dtype": kind, "local_files_only": True, "output_loading_info": True}
    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
        if getattr(config, STORED_AS, "") == "int8":
            with torch.device("meta"):
                architecture = type(AutoModelForMaskedLM.from_config(config))  # type: ignore[no-untyped-call]
            loaded = architecture.from_pretrained(None, config=config, state_dict=restored(folder), **options)
        else:
            loaded = AutoModelForMaskedLM.from_pretrained(folder, **options)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ResourceError(f"{folder.resolve()} is no masked language model that can be loaded: {error}") from error
    model, told = loaded
    return model, sorted(told["missing_keys"])


def tokenizer_of(folder: Path) -> Any:
    """The tokenizer of a masked language model. Raises ResourceError when there is none that tells where pieces lie."""
    from transformers import AutoTokenizer

    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise ResourceError(f"the tokenizer in {folder.resolve()} cannot be read: {error}") from error
    if len(tokenizer) <= len(tokenizer.all_special_tokens):
        raise ResourceError(f"there is no tokenizer in {folder.resolve()}: files such as tokenizer.json are missing")
    if not tokenizer.is_fast:
        raise ResourceError(f"the tokenizer in {folder.resolve()} cannot tell where its pieces lie: it is no fast one")
    if tokenizer.mask_token_id is None:
        raise ResourceError(f"the tokenizer in {folder.resolve()} has no mask token: it is not of a masked LM")
    return tokenizer


def window_of(tokenizer: Any, model: Any) -> int:
    """How many pieces the model can read at once."""
    positions = getattr(model.config, "max_position_embeddings", UNLIMITED)
    offset = (model.config.pad_token_id or 0) + 1 if "roberta" in model.config.model_type else 0
    return int(min(tokenizer.model_max_length, positions - offset))


def stored(tensor: torch.Tensor, name: str, weights: Stored) -> dict[str, torch.Tensor]:
    """A weight as it is written: as int8, each row of a matrix is whole numbers up to 127 and one scale."""
    import torch

    if weights == "int8" and tensor.ndim == 2:
        scale = (tensor.abs().amax(dim=1, keepdim=True) / 127).clamp(min=torch.finfo(torch.float32).tiny).float()
        return {name: (tensor / scale).round().to(torch.int8), name + SCALE: scale}
    return {name: tensor.float() if weights == "float32" else tensor.half()}


def rounded(tensor: torch.Tensor, weights: Stored) -> torch.Tensor:
    """What is left of a weight when it was `stored`."""
    return _unpacked(stored(tensor.detach(), "", weights))[""]


def restored(folder: Path) -> dict[str, torch.Tensor]:
    """The weights of a model that `stored` them as int8, as float32."""
    from safetensors.torch import load_file

    return _unpacked(load_file(folder / "model.safetensors"))


def _unpacked(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    scales = {name.removesuffix(SCALE): tensor.float() for name, tensor in tensors.items() if name.endswith(SCALE)}
    return {name: tensor.float() * scales.get(name, 1) for name, tensor in tensors.items() if not name.endswith(SCALE)}


def folder_of(model: str, revision: str | None = None) -> Path:
    """Where the files of a model lie: a folder, or a name on the Hugging Face hub that was fetched before.

    No network is used. Raises ResourceError with the command that fetches it.
    """
    folder = Path(model)
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise ResourceError(f"{folder.resolve()} is no model: it has no config.json")
        return folder
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", model) or model.startswith("."):
        raise ResourceError(f"there is no folder {folder.resolve()}")
    need("huggingface_hub")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(model, revision=revision, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError):
        asked = f"{model} --revision {revision}" if revision else model
        raise ResourceError(
            f"there is no folder {model}, and no model of that name in the Hugging Face cache; "
            f"if it is on the hub, get it with: hf download {asked}"
        ) from None


def files_of(folder: Path) -> list[Path]:
    """The files of a model that its predictions depend on."""
    return sorted({file for pattern in MODEL_FILES for file in folder.glob(pattern)})


def lexicon_of(name: str, model: str, revision: str | None = None) -> Lexicon:
    """A model of the user's, for the report."""
    return Lexicon(name, str(folder_of(model, revision)), "yours", patterns=MODEL_FILES)


@cache
def revision_of(folder: Path) -> str:
    """What tells one version of a model from another: twelve digits of the sha256 of its files."""
    return sha256(b"".join(digest(file) for file in files_of(folder))).hexdigest()[:12]


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


class Frame(NamedTuple):
    """The special pieces that a masked language model wants around a text: [CLS] text [SEP]."""

    before: list[int]
    after: list[int]
    between: int
    """The piece between a label and its text (Kumar et al. 2020): [CLS] label [SEP] text [SEP]."""

    @classmethod
    def of(cls, tokenizer: Any) -> Frame:
        """The frame of a tokenizer of the transformers package."""
        bare = tokenizer("a", add_special_tokens=False)["input_ids"]
        framed = tokenizer("a")["input_ids"]
        at = next(at for at in range(len(framed)) if framed[at : at + len(bare)] == bare)
        between = tokenizer.eos_token_id if tokenizer.sep_token_id is None else tokenizer.sep_token_id
        return cls(framed[:at], framed[at + len(bare) :], between)

    def around(self, pieces: Sequence[int], label: Sequence[int] = ()) -> list[int]:
        """The input of the model; `label` holds the pieces of the label, if it is to be conditioned on one."""
        return [*self.before, *label, *([self.between] if label else ()), *pieces, *self.after]


@contextmanager
def gathered(model: Any, rows: Sequence[int], places: Sequence[int]) -> Iterator[None]:
    """While this lasts, the head of a masked language model sees only these hidden states, as one text.

    `rows` and `places` say where they are in the batch. Most of the work of a small model is in its head.
    """

    def gather(module: Any, inputs: Any, output: Any) -> Any:
        output.last_hidden_state = output.last_hidden_state[rows, places].unsqueeze(0)
        return output

    handle = model.base_model.register_forward_hook(gather)
    try:
        yield
    finally:
        handle.remove()
