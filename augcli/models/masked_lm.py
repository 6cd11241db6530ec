"""Masked language models: loaded, saved, and what their tokenizers put around a text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from augcli.errors import ResourceError
from augcli.models.device import Precision, contained, dtype, ready_to_predict

if TYPE_CHECKING:
    import torch


Stored: TypeAlias = Literal["float32", "float16", "int8"]


_LONE = re.compile("[\ud800-\udfff]")
UNLIMITED = 1 << 20
"""Models without a window of their own are said to have one larger than this."""
STORED_AS, SCALE = "augcli_weights", ".scale"
"""Key of config.json that says how augcli stored the weights; what the scales of a tensor are called after it."""


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
    return ready_to_predict(model, precision, place)


def load_masked_lm(folder: Path, kind: torch.dtype) -> tuple[Any, list[str]]:
    """A masked language model with weights of type `kind`, and the names of those that its folder lacks.

    Raises ResourceError when the folder holds no such model.
    """
    return load_network("AutoModelForMaskedLM", "masked language model", folder, kind)


@contained()
def load_network(
    auto: str, what: str, folder: Path, kind: torch.dtype, settings: Mapping[str, Any] | None = None
) -> tuple[Any, list[str]]:
    """The model in `folder` as one of a kind, by a class of transformers, and the names of the weights that it lacks.

    `settings` go into its config; weights of other shapes than these want are lacking too. Raises ResourceError when it
    is none of that kind.
    """
    import torch
    import transformers
    from safetensors import SafetensorError

    options: dict[str, Any] = {"dtype": kind, "local_files_only": True, "output_loading_info": True}
    try:
        config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True)
        if settings:
            config.update(settings)
            options["ignore_mismatched_sizes"] = True
        if getattr(config, STORED_AS, "") == "int8":
            with torch.device("meta"):
                architecture = type(getattr(transformers, auto).from_config(config))
            loaded = architecture.from_pretrained(None, config=config, state_dict=unpack_weights(folder), **options)
        else:
            loaded = getattr(transformers, auto).from_pretrained(folder, config=config, **options)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ResourceError(f"{folder.resolve()} is no {what} that can be loaded: {error}") from error
    model, told = loaded
    return model, sorted({*told["missing_keys"], *(name for name, *_ in told["mismatched_keys"])})


@contained()
def tokenizer_of(folder: Path, *, masks: bool = True) -> Any:
    """The tokenizer of a model, with `masks` of a masked language model.

    Raises ResourceError when there is none that tells where pieces lie.
    """
    from transformers import AutoTokenizer

    try:
        tokenizer: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise ResourceError(f"the tokenizer in {folder.resolve()} cannot be read: {error}") from error
    if len(tokenizer) <= len(tokenizer.all_special_tokens):
        raise ResourceError(f"there is no tokenizer in {folder.resolve()}: files such as tokenizer.json are missing")
    if not tokenizer.is_fast:
        raise ResourceError(f"the tokenizer in {folder.resolve()} is not a fast one: it cannot tell where tokens lie")
    if masks and tokenizer.mask_token_id is None:
        raise ResourceError(f"the tokenizer in {folder.resolve()} has no mask token: it is not of a masked LM")
    return tokenizer


def tokenizable(text: str) -> str:
    """A text without halves of surrogate pairs, which no tokenizer takes."""
    return _LONE.sub("\ufffd", text)


def window_of(tokenizer: Any, model: Any) -> int:
    """How many pieces the model can read at once."""
    positions = getattr(model.config, "max_position_embeddings", UNLIMITED)
    offset = (model.config.pad_token_id or 0) + 1 if "roberta" in model.config.model_type else 0
    return int(min(tokenizer.model_max_length, positions - offset))


def pack_weight(tensor: torch.Tensor, name: str, weights: Stored) -> dict[str, torch.Tensor]:
    """A weight as it is written: as int8, each row of a matrix is whole numbers up to 127 and one scale."""
    import torch

    if weights == "int8" and tensor.ndim == 2:
        scale = (tensor.abs().amax(dim=1, keepdim=True) / 127).clamp(min=torch.finfo(torch.float32).tiny).float()
        return {name: (tensor / scale).round().to(torch.int8), name + SCALE: scale}
    return {name: tensor.float() if weights == "float32" else tensor.half()}


def round_weight(tensor: torch.Tensor, weights: Stored) -> torch.Tensor:
    """What is left of a weight when it was `stored`."""
    return _unpack(pack_weight(tensor.detach(), "", weights))[""]


def unpack_weights(folder: Path) -> dict[str, torch.Tensor]:
    """The weights of a model that `stored` them as int8, as float32."""
    from safetensors.torch import load_file

    return _unpack(load_file(folder / "model.safetensors"))


def _unpack(tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    scales = {name.removesuffix(SCALE): tensor.float() for name, tensor in tensors.items() if name.endswith(SCALE)}
    return {name: tensor.float() * scales.get(name, 1) for name, tensor in tensors.items() if not name.endswith(SCALE)}


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
def gather_states(model: Any, rows: Sequence[int], places: Sequence[int]) -> Iterator[None]:
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
