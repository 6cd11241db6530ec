"""The config of `augcli adapt`."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from augcli.config.sections import FilePath, Section
from augcli.config.training import TrainingConfig
from augcli.language.resources import DataPath
from augcli.steps.operation import Rate


class Scratch(Section):
    """Shape of a BERT that is trained from scratch (Devlin et al. 2019), with a WordPiece vocabulary of its own."""

    vocabulary: int = Field(8000, ge=100, description="tokens (word pieces), at most")
    layers: int = Field(4, ge=1, description="layers")
    hidden: int = Field(256, ge=8, description="width of a layer; a multiple of `heads`")
    heads: int = Field(4, ge=1, description="attention heads of a layer")
    lowercase: bool = Field(True, description="everything in lower case, without accents")


class Adapt(Section):
    """Training of a masked language model on the input."""

    output: FilePath = Field(description="folder for the model, its card and the report")
    model: DataPath | None = Field(
        None,
        description="model to go on with: folder, name on the Hugging Face hub, all-MiniLM-L6-v2, or masked-lm, the "
        "small English one that comes along, or masked-lm-zh, the Chinese one; without it one is made from scratch",
    )
    revision: str | None = Field(None, description="of a model on the Hugging Face hub: branch, tag or commit")
    scratch: Scratch | None = Field(None, description="shape of a model made from scratch")
    vocabulary: Annotated[int, Field(ge=100)] | None = Field(
        None, description="keep only so many tokens of the model: those that the input uses most"
    )
    new_head: bool = Field(False, description="the model cannot fill in masks, as a sentence encoder: give it a head")
    label: bool = Field(False, description="put the label before each text (Wu et al. 2019, Kumar et al. 2020)")
    mask_rate: float = Field(0.15, gt=0, lt=1, description="share of words that are to be guessed")
    epochs: int = Field(3, ge=1, description="times that each text is seen, at most")
    max_minutes: float | None = Field(None, gt=0, description="training ends after this time at the latest")
    batch_tokens: int = Field(4096, ge=1, description="tokens of a batch, padding included")
    learning_rate: Annotated[float, Field(gt=0)] | Literal["auto"] = Field(
        "auto", description="the highest; auto: 5e-5, or 5e-4 from scratch or with a new head"
    )
    warmup: Rate = Field(0.06, description="share of the training in which the learning rate rises; then it falls to 0")
    weight_decay: float = Field(0.01, ge=0, description="of AdamW; not for biases and layer norms")
    clip: float = Field(1.0, gt=0, description="largest norm of the gradient")
    dropout: Rate | None = Field(None, description="while training; as the model has it if not given")
    validation: float = Field(0.05, gt=0, lt=1, description="share of the texts that are kept aside to measure with")
    evaluations: int = Field(20, ge=1, description="times that the model is measured, evenly over the training")
    patience: int = Field(3, ge=1, description="evaluations in a row without gain after which training ends")
    precision: Literal["float32", "bfloat16"] = Field("float32", description="of the arithmetic while training")
    weights: Literal["float32", "float16", "int8"] = Field(
        "float32", description="of the saved model; int8 takes a quarter of the room, and only augcli reads it"
    )


class AdaptConfig(TrainingConfig):
    """The whole file of `augcli adapt`."""

    command: ClassVar = "adapt"
    adapt: Adapt = Field(description="how to train")

    @property
    def output(self) -> str:
        return self.adapt.output
