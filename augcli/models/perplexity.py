"""How likely texts are: the logarithm of their probability under a language model."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from augcli.errors import ResourceError
from augcli.models.device import Precision, contained, device, dtype, even_batches, halving, need, ready_to_predict
from augcli.models.masked_lm import Frame, gather_states, load_network, masked_lm, tokenizable, tokenizer_of, window_of

if TYPE_CHECKING:
    import torch

_TOKENS = {"cpu": 512, "cuda": 8192}
"""That are read at once; all batches are full, so that what is said of a text does not depend on others."""
_LONGEST = {"causal": 512, "masked": 128}
"""Tokens that are read together; a longer text is read in several parts."""


class LanguageModel(ABC):
    """Says how likely texts are."""

    def __init__(self, folder: Path, network: Any, tokenizer: Any, longest: int, batch_tokens: int) -> None:
        if len(tokenizer) > network.get_input_embeddings().num_embeddings:
            raise ResourceError(f"the tokenizer in {folder.resolve()} has more tokens than the model: it is of another")
        self._network, self._tokenizer = network, tokenizer
        self._longest = min(longest, window_of(tokenizer, network))
        self._batch_tokens = batch_tokens

    @classmethod
    def load(cls, folder: Path, place: str, precision: Precision) -> LanguageModel:
        """The causal or masked language model in `folder`.

        Raises ResourceError when there is none.
        """
        need("torch", "transformers")
        where = device(place)
        kind = CausalLM if _is_causal(folder) else MaskedLM
        return kind(folder, where, precision, _TOKENS[where.type])

    @abstractmethod
    def log_probabilities(self, texts: Sequence[str]) -> list[float]:
        """The natural logarithm of the probability of each text; 0 for a text without tokens."""

    def _encode(self, texts: Sequence[str]) -> Any:
        read = [tokenizable(text) for text in texts]
        return self._tokenizer(read, add_special_tokens=False, verbose=False)

    def _inputs(self, rows: Sequence[Sequence[int]], width: int) -> dict[str, torch.Tensor]:
        """A batch, padded at its end to a width."""
        import torch

        padding = self._tokenizer.pad_token_id or 0
        padded = torch.tensor([[*row, *[padding] * (width - len(row))] for row in rows])
        there = torch.arange(width) < torch.tensor([[len(row)] for row in rows])
        place = self._network.device
        return {"input_ids": padded.to(place), "attention_mask": there.long().to(place)}


def _is_causal(folder: Path) -> bool:
    """Whether a model reads from left to right. Raises ResourceError when it is no language model at all."""
    from transformers import AutoConfig
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
        MODEL_FOR_MASKED_LM_MAPPING_NAMES,
    )

    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise ResourceError(f"{folder.resolve()} is no language model that can be loaded: {error}") from error
    kind = config.model_type
    if (
        kind in MODEL_FOR_MASKED_LM_MAPPING_NAMES
        and not getattr(config, "is_decoder", False)
        and not config.is_encoder_decoder
    ):
        return False
    if kind in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES and not config.is_encoder_decoder:
        return True
    raise ResourceError(f"{folder.resolve()} is a {kind}: perplexity needs a causal or a masked language model")


class CausalLM(LanguageModel):
    """A model that reads from left to right: each token is as likely as it says after all before it."""

    def __init__(self, folder: Path, place: torch.device, precision: Precision, batch_tokens: int) -> None:
        """Raises ResourceError when the folder holds no such model, or not a whole one."""
        kind = dtype(precision, place)
        network, missing = load_network("AutoModelForCausalLM", "causal language model", folder, kind)
        if missing:
            raise ResourceError(f"{folder.resolve()} is not whole: it lacks the weights {', '.join(missing)}")
        tokenizer = tokenizer_of(folder, masks=False)
        network = ready_to_predict(network, precision, place)
        super().__init__(folder, network, tokenizer, _LONGEST["causal"], batch_tokens)
        begin = tokenizer.bos_token_id
        self._begin = tokenizer.eos_token_id if begin is None else begin
        """Read before the first token, which would have no probability otherwise."""
        if self._begin is None:
            raise ResourceError(f"the tokenizer in {folder.resolve()} has no token that begins a text")

    @contained()
    def log_probabilities(self, texts: Sequence[str]) -> list[float]:
        rows, owners = [], []
        room = self._longest - 1
        for text, tokens in enumerate(self._encode(texts)["input_ids"] if texts else ()):
            for start in range(0, len(tokens), room):
                rows.append([tokens[start - 1] if start else self._begin, *tokens[start : start + room]])
                owners.append(text)
        found = [0.0] * len(texts)
        for width, some, filled in even_batches([len(row) for row in rows], self._batch_tokens):
            told: list[float] = halving(partial(self._read, width), [rows[row] for row in filled])
            for row, likely in zip(some, told[: len(some)], strict=True):
                found[owners[row]] += likely
        return found

    def _read(self, width: int, rows: list[list[int]]) -> list[float]:
        import torch

        inputs = self._inputs(rows, width)
        with torch.inference_mode():
            logits = self._network(**inputs).logits[:, :-1].float()
            following = inputs["input_ids"][:, 1:, None]
            likely = logits.gather(2, following)[:, :, 0] - logits.logsumexp(2)
            sums: list[float] = (likely * inputs["attention_mask"][:, 1:]).sum(1).tolist()
        return sums


class _Hidden(NamedTuple):
    """A text with some tokens hidden, and one of these that is to be told."""

    text: int
    tokens: list[int]
    place: int
    token: int


class MaskedLM(LanguageModel):
    """A model that fills in masks: each token is as likely as it says of all others (Salazar et al. 2020).

    With a token, those behind it in the same word are hidden too, since they would give a long word away (Kauf and
    Ivanova 2023).
    """

    def __init__(self, folder: Path, place: torch.device, precision: Precision, batch_tokens: int) -> None:
        """Raises ResourceError when the folder holds no such model."""
        tokenizer = tokenizer_of(folder)
        super().__init__(folder, masked_lm(folder, place, precision), tokenizer, _LONGEST["masked"], batch_tokens)
        self._frame = Frame.of(tokenizer)

    @contained()
    def log_probabilities(self, texts: Sequence[str]) -> list[float]:
        rows: list[_Hidden] = []
        encoded = self._encode(texts) if texts else None
        for text in range(len(texts)):
            assert encoded is not None
            rows += self._hidden(text, encoded["input_ids"][text], encoded.word_ids(text))
        found = [0.0] * len(texts)
        for width, some, filled in even_batches([len(row.tokens) for row in rows], self._batch_tokens):
            told: list[float] = halving(partial(self._read, width), [rows[row] for row in filled])
            for row, likely in zip(some, told[: len(some)], strict=True):
                found[rows[row].text] += likely
        return found

    def _hidden(self, text: int, tokens: list[int], words: list[int | None]) -> list[_Hidden]:
        """Each token of a text hidden in turn."""
        room = self._longest - len(self._frame.around([]))
        mask, rows = self._tokenizer.mask_token_id, []
        for start in range(0, len(tokens), room):
            part, of = tokens[start : start + room], words[start : start + room]
            for place, token in enumerate(part):
                hidden = [
                    mask if at == place or (at > place and of[at] is not None and of[at] == of[place]) else one
                    for at, one in enumerate(part)
                ]
                rows.append(_Hidden(text, self._frame.around(hidden), len(self._frame.before) + place, token))
        return rows

    def _read(self, width: int, rows: list[_Hidden]) -> list[float]:
        import torch

        inputs = self._inputs([row.tokens for row in rows], width)
        numbers, places = range(len(rows)), [row.place for row in rows]
        with torch.inference_mode(), gather_states(self._network, [*numbers], places):
            logits = self._network(**inputs).logits[0].float()
            told = torch.tensor([[row.token] for row in rows], device=logits.device)
            likely: list[float] = (logits.gather(1, told)[:, 0] - logits.logsumexp(1)).tolist()
        return likely
