"""Models on top of pretrained ones: which one, and how it is given texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from augcli.errors import ConfigError, ResourceError
from augcli.language.resources import MASKED_LM, DataPath
from augcli.models.classifiers.base import Learner
from augcli.models.files import folder_of
from augcli.models.masked_lm import load_network, tokenizable, tokenizer_of, window_of

if TYPE_CHECKING:
    import torch


class PretrainedLearner(Learner):
    """A model on top of a pretrained one."""

    model: DataPath | None = Field(
        None,
        description="folder or name on the Hugging Face hub; when not given, the English masked language model that "
        "comes along",
    )
    revision: str | None = Field(None, description="of a model on the hub")
    longest: int = Field(256, ge=8, description="tokens of a text that are read")

    def folder(self) -> Path:
        """Where the files of the model lie. Raises ResourceError when they are missing, ConfigError when none fits."""
        if self.model:
            return folder_of(self.model, self.revision)
        if self.language != "en":
            raise ConfigError(
                f"{self.name}: the model that comes along knows English only; for language {self.language} name "
                "another with model"
            )
        return MASKED_LM.path().parent


class Pretrained:
    """A pretrained model with its tokenizer."""

    def __init__(self, settings: PretrainedLearner, auto: str, what: str, config: dict[str, Any]) -> None:
        """Load it by a class of transformers, and with these settings in its config.

        Raises ResourceError when it is no such model, or its tokenizer is of another.
        """
        import torch

        self.folder = settings.folder()
        self.tokenizer = tokenizer_of(self.folder, masks=False)
        self.network, self.missing = load_network(auto, what, self.folder, torch.float32, config)
        if len(self.tokenizer) > self.network.get_input_embeddings().num_embeddings:
            raise ResourceError(
                f"the tokenizer in {self.folder.resolve()} has more tokens than the model: it is of another"
            )
        self.longest = min(settings.longest, window_of(self.tokenizer, self.network))

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of texts, with those that the model wants around them."""
        if not texts:
            return []
        encoded = self.tokenizer(
            [tokenizable(text) for text in texts], truncation=True, max_length=self.longest, verbose=False
        )
        tokens: list[list[int]] = encoded["input_ids"]
        return tokens

    def inputs(self, tokens: Sequence[Sequence[int]]) -> dict[str, torch.Tensor]:
        """What the model wants for a batch of texts."""
        import torch

        lengths = [len(text) for text in tokens]
        longest = max(1, *lengths)
        padding = self.tokenizer.pad_token_id or 0
        padded = torch.tensor([[*text, *[padding] * (longest - len(text))] for text in tokens])
        there = torch.arange(longest) < torch.tensor(lengths)[:, None]
        return {"input_ids": padded.to(self.network.device), "attention_mask": there.long().to(self.network.device)}
