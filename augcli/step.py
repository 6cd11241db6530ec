"""Steps propose edits, checks give reasons to refuse; both are found by name through entry points.

The fields of a step are its YAML keys, its schema and its help page.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import cache, cached_property
from importlib.metadata import EntryPoint, entry_points, version
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, TypeAlias, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from augcli.errors import ConfigError, ResourceError
from augcli.language.resources import DataPath, Lexicon
from augcli.models.device import DEVICE
from augcli.models.hosted.usage import Run
from augcli.text.edits import Edit
from augcli.text.rng import Rng
from augcli.text.text import Text

if TYPE_CHECKING:
    from augcli.models.hosted.account import Account


Rate = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Texts: TypeAlias = tuple[str, ...]
"""One text per text column."""


class Proposal(list[Edit]):
    """Edits with a note on how they came about, or no edits and the reason why."""

    def __init__(
        self,
        edits: Iterable[Edit] = (),
        *,
        note: Mapping[str, Any] | None = None,
        refused: str = "",
        failed: bool = False,
    ) -> None:
        """`note` goes into the provenance. `refused` is one of a few reasons: the ledger counts by it.

        With `failed` it ends the run, unless on_error is drop.
        """
        super().__init__(edits)
        self.note = note
        self.refused = refused
        self.failed = failed


class Plugin(BaseModel):
    """What is found by name through entry points: its fields are its YAML keys, its schema and its help page."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, strict=True)

    group: ClassVar[str]
    """Of entry points."""
    kind: ClassVar[str]
    """What it is called in messages."""
    name: ClassVar[str]

    def __getstate__(self) -> dict[Any, Any]:
        """What the config says; another process works out the rest by itself."""
        fields = type(self).model_fields
        said = {name: value for name, value in self.__dict__.items() if name in fields}
        return {**super().__getstate__(), "__dict__": said}


class Part(Plugin):
    """What steps and checks have in common: a name, parameters and help."""

    family: ClassVar[str]
    languages: ClassVar[frozenset[str] | None] = None
    """ISO 639-1 codes it works for; None means any."""
    paper: ClassVar[str] = ""
    """Where the method comes from."""
    example: ClassVar[str] = ""
    """A line of YAML."""

    def setup(self, language: str) -> None:
        """Load what is needed for texts in `language`; called once per process before the first text.

        Raises ResourceError when a lexicon, model or package is missing.
        """

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        """The lexicons that it reads for texts in `language`, for the report."""
        return ()

    def needs_label(self) -> bool:
        """Whether it reads the labels of the rows, so that the config must name their column."""
        return False

    def objection(self, language: str, patterns: Sequence[str]) -> str | None:
        """Why these parameters make no sense for this `language` and these protected `patterns`, or None."""
        return None


class Step(Part):
    """Proposes edits. Override `edit`, or `edit_batch` where many texts at once are cheaper."""

    group: ClassVar = "augcli.steps"
    kind: ClassVar = "step"

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        """Edits of `text` in order, not overlapping, none in protected text; empty when there is nothing to do.

        All randomness comes from `rng`.
        """
        raise TypeError(f"{type(self).__name__} has neither edit nor edit_batch")

    def remarks(self, texts: Sequence[Text]) -> Sequence[str]:
        """What a user should know before a run over such texts, the first ones of the input; called after `setup`."""
        return ()

    def edit_batch(self, texts: Sequence[Text], rngs: Sequence[Rng]) -> list[list[Edit]]:
        """Edits of each of `texts`, drawn from the stream beside it; some may be a Proposal."""
        edit = self.edit
        return [edit(text, rng) for text, rng in zip(texts, rngs, strict=True)]


class Check(Part):
    """Gives a reason to refuse a variant."""

    group: ClassVar = "augcli.checks"
    kind: ClassVar = "check"

    def why_not(self, before: Texts, after: Texts, taken: Collection[Texts]) -> str | None:
        """A short reason to refuse `after` as a variant of `before`, or None to accept it.

        `taken` holds the variants that were already accepted for the same row.
        """
        raise TypeError(f"{type(self).__name__} has no why_not")


class Sized(Step):
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

    def some(self, edits: Sequence[Edit], rng: Rng) -> list[Edit]:
        """The share `rate` of `edits`, drawn, in order."""
        count = self.count(len(edits))
        if count == len(edits):
            return list(edits)
        return [edits[place] for place in sorted(rng.sample(len(edits), count))]


P = TypeVar("P")


class Prepared(Step, Generic[P]):
    """A step that looks at each text once, and draws edits for all variants of its row from what it found."""

    @cached_property
    def _found(self) -> dict[Text, P]:
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
        known, propose = self._found, self.propose
        distinct = dict.fromkeys(texts)
        fresh = [text for text in distinct if text not in known]
        known |= zip(fresh, self.prepare(fresh), strict=True)
        for text in known.keys() - distinct.keys():
            del known[text]
        return [propose(text, known[text], rng) for text, rng in zip(texts, rngs, strict=True)]


class Fitted(Step):
    """A step that needs the word statistics of a corpus.

    A run fits those of its input, and sets `statistics`, where that was not given.
    """

    statistics: DataPath | None = Field(
        None,
        description="word statistics of an earlier run (NAME.statistics.tsv); when not given, those of the input",
    )

    def lexicons(self, language: str) -> Sequence[Lexicon]:
        return (Lexicon("word statistics", self.statistics, "yours"),) if self.statistics else ()


class Modelled(Step):
    """A step that runs a model: it is handed all texts of a chunk at once."""

    device: str | None = Field(
        None,
        pattern=DEVICE,
        description="what the model runs on: cpu, cuda or cuda:N; when not given, what engine.device or --device says",
    )

    def chunk_rows(self) -> int:
        """Rows of a chunk that it works well on."""
        return 500

    def platform(self) -> str | None:
        """The hosted platform that it sends texts to, if there is one."""
        return None

    def account(self) -> Account | None:
        """The account with it. Raises ResourceError when keys are missing."""
        return None

    def for_run(self, run: Run) -> Modelled:
        """This step, working for a run."""
        return self

    def on_gpu(self) -> bool:
        """Whether it runs on a GPU. Raises ResourceError when it is to, but there is none."""
        from augcli.models.device import device_kind

        return device_kind(self.device or "auto") == "cuda"

    def depends(self) -> Sequence[str]:
        """What its results depend on beside the parameters and the files: kind of device, versions of packages.

        Raises ResourceError when one is missing.
        """
        from augcli.models.device import need

        need("torch", "transformers")
        packages = [f"{name} {version(name)}" for name in ("torch", "transformers")]
        return ["GPU" if self.on_gpu() else "CPU", *packages]


PluginType = TypeVar("PluginType", bound=Plugin)
PartType = TypeVar("PartType", bound=Part)


@cache
def _entry_points(group: str) -> Mapping[str, EntryPoint]:
    return {point.name: point for point in sorted(entry_points(group=group))}


def names(base: type[PluginType]) -> list[str]:
    """Names of all installed steps, checks or platforms."""
    return sorted(_entry_points(base.group))


def find(base: type[PluginType], name: str) -> type[PluginType]:
    """The step, check or platform class called `name`.

    Raises ConfigError for an unknown name, ResourceError for one that cannot be loaded.
    """
    point = _entry_points(base.group).get(name)
    if point is None:
        near = get_close_matches(name, names(base), n=3)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(names(base))}"
        raise ConfigError(f"there is no {base.kind} called {name!r}; {hint}")
    try:
        found = point.load()
    except ImportError as error:
        raise ResourceError(f"{base.kind} {name!r} ({point.value}) cannot be loaded: {error}") from error
    if not (isinstance(found, type) and issubclass(found, base)):
        raise ResourceError(f"{point.value} is not a subclass of {base.__module__}.{base.__name__}")
    return found
