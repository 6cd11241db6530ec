"""What is made ready between a look at the input and the first chunk: chains, resources, warnings, fingerprint."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property, partial
from hashlib import sha256
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from augcli import __version__
from augcli.chains.compose import iter_steps
from augcli.chains.runner import Runner
from augcli.chains.variants import Chain
from augcli.checks.rules import Novelty, Unique
from augcli.config.config import Config, Options
from augcli.config.pipeline import Pipeline
from augcli.io.dataset import DatasetSummary
from augcli.io.files.atomic import write_whole
from augcli.io.files.storage import Place
from augcli.io.inputs import format_of
from augcli.io.open import open_sources
from augcli.io.outputs import Paths, output_file, output_format
from augcli.io.records import read_chunk
from augcli.io.sources import Source
from augcli.language import negation
from augcli.language.label_words import LabelWord, label_words
from augcli.language.resources import WORD_FINDERS, Lexicon
from augcli.models.device import gpus
from augcli.run.engine.base import Engine
from augcli.run.engine.local import local
from augcli.run.engine.open import workers_of
from augcli.run.judge import TeacherJudge
from augcli.run.lesson import Lesson, learn, needs_teacher
from augcli.run.look.look import look_at
from augcli.run.survey.balance import Share, share_of, shares
from augcli.run.survey.blocks import BLOCK
from augcli.run.survey.survey import survey
from augcli.run.survey.token_columns import refuse_undeclared
from augcli.steps.mentions import MentionSample
from augcli.steps.operation import ModelOperation
from augcli.steps.partners import PartnerSample
from augcli.steps.step import CorpusStep, EntityStep, PartnerStep, Step, SubstitutionStep
from augcli.text.protect import Protector
from augcli.text.record import Labels, Record
from augcli.text.text import Text

FIRST_ROWS = 500
"""Rows that steps look at before a run."""
MODEL_BLOCK = 64 << 10
"""Bytes of input that are worth a process of their own where a model reads them."""
STATISTICS = "statistics.tsv"
"""Name of the word statistics of the input in the work folder."""
PARTNERS = "partners.jsonl"
"""Name of the rows there that others may be put together with."""
MENTIONS = "mentions.jsonl"
"""Name of the mentions of entities there."""


@dataclass(frozen=True)
class Preparation:
    """A pipeline that is ready for its input, and what a run depends on."""

    given: Pipeline
    """As it was loaded."""
    pipeline: Pipeline
    """With the statistics and the rows of the input that its steps need, and the words that must stay."""
    dataset: DatasetSummary
    shares: Mapping[str, Mapping[Labels, Share]]
    limit: int | None
    notices: Sequence[str] = ()
    """What the first rows say about the config."""
    label_words: Sequence[LabelWord] | None = None
    """The words that stay as they carry a label, the strongest first; None where steps need not know."""
    lesson: Lesson | None = None
    """What a teacher learnt, where a chain asks for one."""

    @cached_property
    def resources(self) -> list[dict[str, str]]:
        """The lexicons that the steps and checks read, described; without the statistics of the input."""
        return [lexicon.described() for lexicon in _lexicons(self.given)]

    @cached_property
    def fingerprint(self) -> str:
        """Of all that the outputs depend on."""
        config = self.pipeline.config
        said = config.model_dump(
            mode="json",
            exclude={
                "engine": True,
                "services": True,
                "max_dropped": True,
                "evaluate": True,
                "output": {"path", "shards"},
            },
        )
        said["output"]["format"] = [output_format(config), format_of(config.output.path)[1]]
        said |= {
            "augcli": __version__,
            "limit": self.limit,
            "inputs": [file.sha256 for file in self.dataset.sources],
            "chunk_rows": self.pipeline.chunk_rows,
            "models": sorted({known for step in self.pipeline.models for known in step.versions()}),
            "resources": [lexicon["sha256"] for lexicon in self.resources],
            "teacher": self.lesson and self.lesson.digest,
        }
        return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    def warnings(self) -> list[str]:
        """What there is to say before a run, after a look at the first rows: about the config, and by the steps."""
        learnt = self.lesson.notes if self.lesson else []
        unknown = [*self._unknown_negations(), *self._unknown_types()]
        return [*dict.fromkeys([*self.notices, *learnt, *unknown, *self._step_warnings()])]

    def _unknown_negations(self) -> Iterator[str]:
        language = self.pipeline.config.input.language
        if language not in negation.LANGUAGES and any(step.needs_negations() for step in self.pipeline.steps):
            yield (
                f"negations are not known for language {language!r}: steps may lose, change or add some; "
                "`protect.words` keeps the words that you list there"
            )

    def _unknown_types(self) -> Iterator[str]:
        if self.dataset.mentions is None:
            return
        known = self.dataset.mentions.types
        for step in self.pipeline.steps:
            for kind in dict.fromkeys(step.types_named()):
                if kind not in known:
                    near = get_close_matches(kind, known, n=1)
                    hint = f"did you mean {near[0]!r}?" if near else f"the types are {', '.join(known) or 'none'}"
                    yield f"{step.name}: no row has an entity of type {kind!r}; {hint}"

    def _step_warnings(self) -> list[str]:
        config = self.pipeline.config
        warnings = self._spans_left()
        speaking = {repr(step): step for step in self.pipeline.steps if type(step).warnings is not Step.warnings}
        if not speaking:
            return warnings
        language, segment = config.input.language, config.input.segment
        records = first_records(config, self.dataset)
        texts = [
            Text(text, language, tokens=record.tokens, segment=segment) for record in records for text in record.texts
        ]
        for step in speaking.values():
            step.setup(language)
            warnings += [f"{step.name}: {remark}" for remark in step.warnings(texts)]
        return warnings

    def _spans_left(self) -> list[str]:
        """What steps that change a whole text say when protected spans stay as they are."""
        config = self.pipeline.config
        if config.protect.spans == "free" or not (config.input.spans or config.input.tags):
            return []
        return [
            f"{name}: entity spans stay as they are; with protect.spans: free it changes them too, and keeps the spans"
            for name in dict.fromkeys(step.name for step in self.pipeline.steps if step.keeps_spans and not step.only)
        ]


def first_records(config: Config, dataset: DatasetSummary) -> Iterator[Record]:
    """The first good rows of the input that fit `input.where`."""
    records = (record for chunk in dataset.chunks for record in read_chunk(config, chunk))
    return islice((record for record in records if record.fits), FIRST_ROWS)


def rest_notes(config: Config, dataset: DatasetSummary) -> list[str]:
    """What became of the rows that are not augmented."""
    every = dataset.fitting + dataset.rest + dataset.left_out
    notes = []
    if dataset.rest:
        notes.append(f"rows that do not fit input.where, {dataset.rest:,} of {every:,}, are written as they are")
    if dataset.left_out:
        data = config.input
        reasons = ["do not fit input.where"] if data.where and data.rest == "drop" else []
        reasons += ["are variants already"] if data.originals_only else []
        notes.append(f"rows that {' or '.join(reasons)}, {dataset.left_out:,} of {every:,}, are left out")
    if notes and not dataset.fitting:
        notes.append("no row is left that fits input.where, so nothing is augmented")
    return notes


def prepare(pipeline: Pipeline, dataset: DatasetSummary, folder: Place, limit: int | None = None) -> Preparation:
    """Make `pipeline` ready for `dataset`; word statistics and partners that its steps need are saved in `folder`.

    Raises ConfigError when the rows do not fit the config.
    """
    config = pipeline.config
    notices = [*rest_notes(config, dataset), *look_at(pipeline, dataset)]
    if config.input.tokens and config.input.token_columns is None and config.chains:
        refuse_undeclared(config, first_records(config, dataset))
    ready = pipeline
    if dataset.statistics:
        path = folder / STATISTICS
        write_whole(path, dataset.statistics.dump())
        given = {"statistics": str(path)}
        ready = ready.map_steps(lambda step: step.model_copy(update=given) if _is_unfitted(step) else step)
    if dataset.partners:
        partners = folder / PARTNERS
        write_whole(partners, dataset.partners.dump())
        ready = ready.map_steps(lambda step: step.with_partners(partners) if isinstance(step, PartnerStep) else step)
    if dataset.mentions:
        mentions = folder / MENTIONS
        write_whole(mentions, dataset.mentions.dump())
        ready = ready.map_steps(lambda step: step.with_mentions(mentions) if isinstance(step, EntityStep) else step)
    carrying = None
    if dataset.label_counts:
        carrying = label_words(dataset.label_counts)
        stay = frozenset(found.word for found in carrying)
        ready = ready.map_steps(lambda step: step.keeping(stay) if isinstance(step, SubstitutionStep) else step)
    shared = shares(config, dataset.groups, dataset.folder)
    lesson = learn(pipeline, dataset, folder)
    return Preparation(pipeline, ready, dataset, shared, limit, notices, carrying, lesson)


def survey_for(
    pipeline: Pipeline, sources: Sequence[Source], folder: Place, engine: Engine, limit: int | None = None
) -> DatasetSummary:
    """A look at the whole input, with what the steps of a pipeline need to know of it."""
    joining = [step for step in pipeline.steps if isinstance(step, PartnerStep)]
    labelled = all(step.needs_label() for step in joining)
    of_entities = any(isinstance(step, EntityStep) or step.types_named() for step in pipeline.steps)
    return survey(
        pipeline.config, sources, folder, engine, pipeline.chunk_rows,
        limit=limit, count_words=needs_statistics(pipeline), count_labels=needs_label_words(pipeline),
        partners=partial(PartnerSample, pipeline.config.seed, labelled=labelled) if joining else None,
        mentions=partial(MentionSample, pipeline.config.seed) if of_entities else None,
    )  # fmt: skip


@contextmanager
def prepared_for_look(pipeline: Pipeline) -> Iterator[tuple[Preparation, Place]]:
    """The pipeline ready for its input, and a folder to work in: for commands that look and write nothing."""
    config, rows = pipeline.config, pipeline.chunk_rows
    with TemporaryDirectory(prefix="augcli-") as temporary:
        folder = Path(temporary)
        sources = open_sources(config, folder, rows)
        with local(workers_of(config.engine.workers, useful_workers(sources, pipeline.models))) as engine:
            dataset = survey_for(pipeline, sources, folder / "survey", engine)
        yield prepare(pipeline, dataset, folder), folder


def runner_of(
    pipeline: Pipeline,
    shares: Mapping[str, Mapping[Labels, Share]],
    more: Sequence[Mapping[str, Mapping[Labels, Share]]] = (),
    *,
    lesson: Lesson | None = None,
) -> Runner:
    """A runner for the chains of a pipeline, set up; `shares` are those of chains that balance, see `Job`."""
    judge = lesson.judge() if lesson else None
    config = pipeline.config
    chains = []
    for name, settings in config.chains.items():
        nodes, checks, selection = pipeline.chains[name]
        best_of = selection and selection.best_of
        judged = settings.labels != "source"
        by = judge if judged else None
        if lesson and name in lesson.silent:
            chains.append(Chain(name, nodes, checks, settings.attempts, partial(_constant_number, 0, None)))
        elif settings.rows == "unlabeled":
            taken = lesson.pool if lesson else frozenset[str]()
            assert isinstance(settings.variants, int)
            asked = partial(_number_of_pooled, settings.variants, taken)
            chains.append(Chain(name, nodes, checks, settings.attempts, asked, judged=judged, best_of=best_of))
        elif isinstance(settings.variants, int):
            asked = partial(_constant_number, settings.variants, by)
            chains.append(Chain(name, nodes, checks, settings.attempts, asked, judged=judged, best_of=best_of))
        else:
            first, *later = (
                partial(_balanced_number, share.get(name, {}), config.seed, by) for share in (shares, *more)
            )
            chains.append(Chain(name, nodes, checks, settings.attempts, first, later, judged))
    protect = config.protect
    runner = Runner(
        chains,
        seed=config.seed,
        language=config.input.language,
        protector=Protector(protect.patterns, protect.words, keeps_spans=protect.spans == "keep"),
        drop_failures=config.on_error == "drop",
        judge=judge,
        segment=config.input.segment,
    )
    runner.setup()
    return runner


def _constant_number(variants: int, judge: TeacherJudge | None, record: Record) -> int:
    return variants if _may_change(record, judge) else 0


def _may_change(record: Record, judge: TeacherJudge | None) -> bool:
    """Whether the label of a variant can be told, by the row or by who judges it."""
    return record.fits and record.labelled and (judge is None or judge.can_judge(record))


def _number_of_pooled(variants: int, taken: Collection[str], record: Record) -> int:
    return variants if str(record.key) in taken else 0


def _balanced_number(shared: Mapping[Labels, Share], seed: int, judge: TeacherJudge | None, record: Record) -> int:
    share = shared.get(record.labels) if _may_change(record, judge) else None
    return share_of(share, seed, record) if share else 0


def paths_of(pipeline: Pipeline, options: Options = Options()) -> Paths:  # noqa: B008 - it never changes
    """The files that a run writes."""
    config = pipeline.config
    return Paths.of(
        output_file(config), config.output.shards,
        statistics=needs_statistics(pipeline), label_words=needs_label_words(pipeline), teacher=needs_teacher(pipeline),
        report=options.report, provenance=options.provenance,
    )  # fmt: skip


def needs_statistics(pipeline: Pipeline) -> bool:
    """Whether a step needs word statistics of the input."""
    return any(map(_is_unfitted, pipeline.steps))


def needs_label_words(pipeline: Pipeline) -> bool:
    """Whether a step needs to know which words of the input carry a label."""
    config = pipeline.config
    return bool(config.input.label and config.protect.label_words) and any(
        isinstance(step, SubstitutionStep) and step.substitutes() for step in pipeline.steps
    )


def _is_unfitted(step: Step) -> bool:
    return isinstance(step, CorpusStep) and step.needs_statistics()


def unique_in_output(pipeline: Pipeline) -> frozenset[str]:
    """The chains none of whose variants may repeat another row of the output."""
    return frozenset(
        name
        for name, chain in pipeline.chains.items()
        if any(isinstance(check, Unique) and check.scope == "output" for check in chain.checks)
    )


def novel_in_output(pipeline: Pipeline) -> Mapping[str, float]:
    """The chains none of whose variants may come near another row of the output, and how near that is."""
    return {
        name: check.max
        for name, chain in pipeline.chains.items()
        for check in chain.checks
        if isinstance(check, Novelty)
    }


def useful_workers(sources: Sequence[Source], models: Sequence[ModelOperation] = ()) -> int:
    """How many processes the input is large enough for; where models run on GPUs, at most one for each of these."""
    size = MODEL_BLOCK if models else BLOCK
    useful = -(-sum(source.end - source.start for source in sources if source.format != "parquet") // size)
    useful += sum(-(-source.size // size) for source in sources if source.format == "parquet")
    return min(useful, len(gpus())) if any(step.on_gpu() for step in models) else useful


def _lexicons(pipeline: Pipeline) -> list[Lexicon]:
    """All that the steps and checks read."""
    language, own = pipeline.config.input.language, pipeline.config.input.words
    by_words = language in WORD_FINDERS and any(step.uses_words for step in pipeline.steps)
    used = [WORD_FINDERS[language]] if by_words else []
    if by_words and own:
        used.append(Lexicon("own words", own, "yours"))
    for chain in pipeline.chains.values():
        for operation in [*(node.step for node in iter_steps(chain.nodes)), *chain.checks]:
            used += [lexicon for lexicon in operation.lexicons(language) if lexicon not in used]
    return used
