"""The config of `augcli vectors`."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from augcli.config.sections import FilePath, Section
from augcli.config.training import TrainingConfig
from augcli.language.resources import DataPath


class Vectors(Section):
    """Training of word vectors on the input."""

    output: FilePath = Field(
        description="file for the vectors: .vec or .txt (text), or .bin (binary; of fasttext with its sub-words)"
    )
    method: Literal["word2vec", "fasttext"] = Field(
        "word2vec", description="fasttext learns sub-words too: forms of one word are near"
    )
    start: DataPath | None = Field(
        None,
        description="word vectors to begin with, for small inputs: a file, or those that come along, `english-vectors` "
        "or `chinese-vectors`; words that only they have are kept as they are",
    )
    limit: int | None = Field(None, ge=1, description="of `start`: read only the first so many words")
    dimensions: Annotated[int, Field(ge=1)] | None = Field(
        None, description="numbers in a vector; as many as `start` has, or 100"
    )
    min_count: int = Field(
        2, ge=1, description="a word gets a vector when the input has it so often, or `start` has it"
    )
    window: int = Field(5, ge=1, description="words on either side that a word is learnt from")
    skip_gram: bool = Field(True, description="a word tells those around it; false: they tell it together (faster)")
    negative: int = Field(5, ge=1, description="words drawn at random to tell from each word that is there")
    subsample: float = Field(
        1e-3, ge=0, le=1, description="words with a larger share are skipped now and then; 0: none"
    )
    epochs: Annotated[int, Field(ge=1)] | Literal["auto"] = Field(
        "auto", description="times that each text is seen; auto: 20, or 5 with `start`"
    )
    learning_rate: float = Field(0.025, gt=0, description="at the beginning; it falls to a hundredth")
    sub_words: Annotated[tuple[int, int], Field(strict=False)] | None = Field(
        None, description="of fasttext: fewest and most characters; `[3, 6]`, in Chinese `[1, 3]`"
    )
    buckets: int = Field(100_000, ge=1, description="of fasttext: vectors that all sub-words share")
    validation: float = Field(0.1, ge=0, lt=1, description="share of the texts that are kept aside to measure with")


class VectorsConfig(TrainingConfig):
    """The whole file of `augcli vectors`."""

    command: ClassVar = "vectors"
    vectors: Vectors = Field(description="how to train")

    @property
    def output(self) -> str:
        return self.vectors.output
