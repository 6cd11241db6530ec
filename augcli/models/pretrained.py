"""Pretrained models of the transformers package: where they lie, and how they are given texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from augcli.errors import ConfigError, ResourceError
from augcli.language.resources import MASKED_LMS, MINILM
from augcli.models.files import folder_of
from augcli.models.masked_lm import load_network, tokenizable, tokenizer_of, window_of

if TYPE_CHECKING:
    import torch

MODEL = (
    "folder, name on the Hugging Face hub, or all-MiniLM-L6-v2, which is a package; when not given, the masked "
    "language model that comes along for the language (masked-lm, masked-lm-zh)"
)
"""What may be called a pretrained model."""


def pretrained_folder(model: str | None, language: str, revision: str | None = None) -> Path:
    """Where the files of a pretrained model lie; None is the one that comes along for the language.

    Raises ResourceError when they are missing, ConfigError when no model is named and none comes along.
    """
    if model:
        return named_folder(model, revision)
    if language not in MASKED_LMS:
        raise ConfigError(
            f"the models that come along know English and Chinese only; for language {language} name another as "
            "model, such as multilingual-e5-small where it encodes texts (extra encoders)"
        )
    return MASKED_LMS[language].path().parent


def named_folder(model: str, revision: str | None = None) -> Path:
    """Where the files of a pretrained model of this name lie. Raises ResourceError when they are missing."""
    lexicon = next((one for one in (*MASKED_LMS.values(), MINILM) if one.key == model), None)
    return lexicon.path().parent if lexicon and not Path(model).is_dir() else folder_of(model, revision)


class Pretrained:
    """A pretrained model with its tokenizer."""

    def __init__(self, folder: Path, longest: int, auto: str, what: str, config: dict[str, Any] | None = None) -> None:
        """Load it by a class of transformers, and with these settings in its config; it reads `longest` tokens.

        With settings, layers on top may be new. Raises ResourceError when it is no such model or not a whole one, or
        its tokenizer is of another.
        """
        import torch

        self.folder = folder
        self.tokenizer = tokenizer_of(folder, masks=False)
        self.network, missing = load_network(auto, what, folder, torch.float32, config)
        base = f"{self.network.base_model_prefix}." if config and self.network.base_model is not self.network else ""
        if lacking := [name for name in missing if name.startswith(base) and "pooler." not in name]:
            raise ResourceError(
                f"{folder.resolve()} is not whole, or is no {what}: it lacks the weights {', '.join(lacking)}"
            )
        if len(self.tokenizer) > self.network.get_input_embeddings().num_embeddings:
            raise ResourceError(f"the tokenizer in {folder.resolve()} has more tokens than the model: it is of another")
        self.longest = min(longest, window_of(self.tokenizer, self.network))

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of texts, with those that the model wants around them."""
        if not texts:
            return []
        encoded = self.tokenizer(
            [tokenizable(text) for text in texts], truncation=True, max_length=self.longest, verbose=False
        )
        tokens: list[list[int]] = encoded["input_ids"]
        return tokens

    def inputs(self, tokens: Sequence[Sequence[int]], width: int = 1) -> dict[str, torch.Tensor]:
        """What the model wants for a batch of texts, padded to `width` at least."""
        import torch

        lengths = [len(text) for text in tokens]
        longest = max(width, *lengths)
        padding = self.tokenizer.pad_token_id or 0
        padded = torch.tensor([[*text, *[padding] * (longest - len(text))] for text in tokens])
        there = torch.arange(longest) < torch.tensor(lengths)[:, None]
        return {"input_ids": padded.to(self.network.device), "attention_mask": there.long().to(self.network.device)}
