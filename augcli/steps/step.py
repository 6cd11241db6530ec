"""What a step is: it proposes edits. Its fields are its YAML keys, its schema and its help page."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, ClassVar, Generic, Literal, Self, TypeVar

from pydantic import Field, PrivateAttr, field_validator
from pydantic.fields import FieldInfo

from augcli.errors import ResourceError
from augcli.language.label_words import base_form
from augcli.language.resources import DataPath, Lexicon
from augcli.steps import mentions, partners
from augcli.steps.mentions import Mention
from augcli.steps.operation import Count, Operation, Rate
from augcli.steps.partners import Partner, PartnerFile
from augcli.text.edits import Edit
from augcli.text.rng import Rng
from augcli.text.text import Parts, Text

P = TypeVar("P")


class StepResult(list[Edit]):
    """Edits with a note on how they came about, or no edits and the reason why."""

    def __init__(
        self,
        edits: Iterable[Edit] = (),
        *,
        note: Mapping[str, Any] | None = None,
        refused: str = "",
        failed: bool = False,
    ) -> None:
        """`note` goes into the provenance; its `from`, where the text has tokens, is what moves them along with words:
        for each edit, the place (start, end) in the text before that the new text comes from.

        `refused` is one of a few reasons: the ledger counts by it.

        With `failed` it ends the run, unless on_error is drop.
        """
        super().__init__(edits)
        self.note = note
        self.refused = refused
        self.failed = failed


class Step(Operation):
    """Proposes edits. Override `edit`, or `edit_batch` where many texts at once are cheaper."""

    group: ClassVar = "augcli.steps"
    kind: ClassVar = "step"
    uses_words: ClassVar[bool] = True
    """Whether it works on the words of a text, so that there must be a way to find them."""
    moves_words: ClassVar = False
    """Whether it puts words in the places of others; the words of a span then keep their place, protected or not."""
    keeps_words: ClassVar = False
    """Whether a word that it edits stays the same, written in another way; then its token keeps what is told of it."""
    keeps_spans: ClassVar = False
    """Whether spans that it goes through still say the same of their text, so that they need no protection."""
    works_on_parts: ClassVar = True
    """Whether it can be held to parts of a text with `only`."""
    joins_texts: ClassVar = False
    """Whether it works on all texts of a row together, as one."""
    needs_entities: ClassVar = False
    """Whether it works on entities, so that the config must name their column."""

    may_change_label: ClassVar = False
    """Whether its variants may need another label than their row, with some parameters or always; for the list of
    steps."""

    only: Annotated[Parts, Field(min_length=1)] | None = Field(
        None,
        description="entities, a list of their types, or text (what is no entity): edit nothing else; entities then "
        "also where `protect.spans` keeps them",
    )

    @classmethod
    def config_keys(cls) -> dict[str, FieldInfo]:
        keys = super().config_keys()
        only = keys.pop("only")
        return {**keys, "only": only} if cls.works_on_parts else keys

    @field_validator("only", mode="before")
    @classmethod
    def _name_parts(cls, given: Any) -> Any:
        if not (given in (None, "entities", "text") or isinstance(given, list)):
            raise ValueError(f"expected entities, text, or a list of types of entities: [{given}]")
        return given

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        """Edits of `text` in order, not overlapping, none in protected text; empty when there is nothing to do.

        All randomness comes from `rng`.
        """
        raise TypeError(f"{type(self).__name__} has neither edit nor edit_batch")

    def view(self, text: Text) -> Text:
        """A text with that protected which this step may not edit."""
        if self.only:
            return text.only(self.only)
        held = self.moves_words and text.spans and not text.keeps_spans
        return text.guarding([(start, end) for start, end, _ in text.spans]) if held else text

    def types_named(self) -> Sequence[str]:
        """The types of entities that its parameters name."""
        return self.only if isinstance(self.only, list) else ()

    def needs_alignment(self) -> bool:
        """Whether it works on pairs of texts, so that the config must name the column with their alignment."""
        return False

    def blurs_label(self) -> bool:
        """Whether its variants may need another label than their row."""
        return False

    def needs_negations(self) -> bool:
        """Whether it must know negations, so that none is lost or comes in; a language without a list is warned of."""
        return False

    def warnings(self, texts: Sequence[Text]) -> Sequence[str]:
        """What a user should know before a run over such texts, the first ones of the input; called after `setup`."""
        return ()

    def edit_batch(self, texts: Sequence[Text], rngs: Sequence[Rng]) -> list[list[Edit]]:
        """Edits of each of `texts`, drawn from the stream beside it; some may be a StepResult."""
        edit = self.edit
        return [edit(text, rng) for text, rng in zip(texts, rngs, strict=True)]


class RateStep(Step):
    """A step whose strength is the share of eligible units that it changes."""

    rate: Rate = Field(0.1, description="share of eligible units that change, rounded down")
    min: Count = Field(1, description="change at least so many, when there are so many")
    max: Count | None = Field(None, description="change at most so many")

    def count(self, eligible: int) -> int:
        """How many of `eligible` units to change: max(min, floor(rate * eligible)), as in EDA, but at most max."""
        if not self.rate:
            return 0
        wanted = max(self.min, int(self.rate * eligible + 1e-9))
        if self.max is not None:
            wanted = min(wanted, self.max)
        return wanted if wanted < eligible else eligible

    def some(self, units: Sequence[P], rng: Rng) -> list[P]:
        """The share `rate` of `units`, drawn, in order."""
        count = self.count(len(units))
        if count == len(units):
            return list(units)
        return [units[place] for place in sorted(rng.sample(len(units), count))]

    def some_of_few(self, units: Sequence[P], weights: Sequence[int], eligible: int, rng: Rng) -> list[P]:
        """As many of `units`, in order, as are to change of `eligible` words; where that is all, fewer at times.

        They are drawn in proportion to `weights`. So fewer variants of a row are alike, and what fits best is changed
        most. At rate 1 all are meant.
        """
        count = min(self.count(eligible), len(units))
        if self.rate < 1 and 1 < count == len(units):
            count = 1 + rng.randbelow(count)
        return [units[place] for place in sorted(rng.weighted_sample(weights, count))]


class PerTextStep(Step, Generic[P]):
    """A step that looks at each text once, and draws edits for all variants of its row from what it found."""

    @cached_property
    def _last_batch(self) -> dict[Text, P]:
        """Of the last batch: a variant that is refused comes again in the next."""
        return {}

    @abstractmethod
    def prepare(self, texts: Sequence[Text]) -> list[P]:
        """What there is to draw from in each of `texts`; draws nothing."""

    @abstractmethod
    def propose(self, text: Text, prepared: P, rng: Rng) -> list[Edit]:
        """The edits of a variant; see `edit`."""

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        return self.propose(text, self.prepare([text])[0], rng)

    def edit_batch(self, texts: Sequence[Text], rngs: Sequence[Rng]) -> list[list[Edit]]:
        known, propose = self._last_batch, self.propose
        distinct = dict.fromkeys(texts)
        fresh = [text for text in distinct if text not in known]
        known |= zip(fresh, self.prepare(fresh), strict=True)
        for text in known.keys() - distinct.keys():
            del known[text]
        return [propose(text, known[text], rng) for text, rng in zip(texts, rngs, strict=True)]


class SubstitutionStep(Step):
    """A step that puts other words in the places of words; those that carry a label stay (`protect.label_words`)."""

    _label_words: frozenset[str] = PrivateAttr(frozenset())

    def substitutes(self) -> bool:
        """Whether it does so with these parameters."""
        return True

    def keeping(self, words: frozenset[str]) -> Self:
        """A copy that leaves these words, given in their base forms, where they are."""
        step = self.model_copy()
        step._label_words = words
        return step

    def has_label_words(self) -> bool:
        """Whether any word must stay because it carries a label."""
        return bool(self._label_words)

    def carries_label(self, word: str, language: str) -> bool:
        """Whether a word must stay where it is."""
        return base_form(word, language) in self._label_words


class CorpusStep(Step):
    """A step that needs the word statistics of a corpus.

    A run fits those of its input, and sets `statistics`, where that was not given.
    """

    statistics: DataPath | None = Field(
        None,
        description="word statistics of an earlier run (NAME.statistics.tsv); when not given, those of the input",
    )

    def needs_statistics(self) -> bool:
        """Whether a run must fit them."""
        return self.statistics is None

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        return (Lexicon("word statistics", self.statistics, "yours"),) if self.statistics else ()


class MeaningStep(Step):
    """A step after which a text says something else, so that the label of its row may be wrong."""

    may_change_label: ClassVar = True

    changes_label: Literal["allowed"] | None = Field(
        None,
        description="allowed: the variants keep the labels of their rows, although they say something else; needed "
        "where rows have labels, unless the chain sets labels: teacher_soft or teacher_hard",
    )

    def blurs_label(self) -> bool:
        return self.changes_label is None


class PartnerStep(Step):
    """A step that puts a text together with that of another row of the input, its partner.

    A run draws rows of its input and names the file that holds them. Each row must be one text without entities.
    """

    _file: PartnerFile | None = PrivateAttr(None)

    def with_partners(self, file: PartnerFile) -> Self:
        """A copy that finds its partners in a file."""
        step = self.model_copy()
        step._file = file
        return step

    @cached_property
    def partners(self) -> Sequence[Partner]:
        """The rows that a text may be put together with."""
        if self._file is None:
            raise ResourceError(f"{self.name} puts rows of an input together, which only a run over one gives it")
        return partners.load(self._file)


class EntityStep(Step):
    """A step that puts what the input has for entities in the place of those of a text, protected or not.

    A run samples the mentions of entities in its input and names the file that holds them.
    """

    works_on_parts: ClassVar = False
    needs_entities: ClassVar = True

    types: list[str] | None = Field(None, min_length=1, description="the types of entities; when not given, all")
    _file: PartnerFile | None = PrivateAttr(None)

    def view(self, text: Text) -> Text:
        return text.freeing(self.types)

    def types_named(self) -> Sequence[str]:
        return self.types or ()

    def with_mentions(self, file: PartnerFile) -> Self:
        """A copy that finds mentions of entities in a file."""
        step = self.model_copy()
        step._file = file
        return step

    @cached_property
    def mentions(self) -> Mapping[str, Sequence[Mention]]:
        """The mentions of entities in the input, by type."""
        if self._file is None:
            raise ResourceError(f"{self.name} looks up the entities of an input, which only a run over one gives it")
        return mentions.load(self._file)
