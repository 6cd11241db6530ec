"""From a document to a config: every error is found at once and knows its line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from augcli.chains.compose import iter_steps
from augcli.checks.rules import LabelAgreement
from augcli.config.adapt import Adapt, AdaptConfig
from augcli.config.chain_builder import ChainBuilder, build_plugin
from augcli.config.config import Config, FileConfig
from augcli.config.paths import steps_of
from augcli.config.pipeline import BuiltChain, Pipeline
from augcli.config.problems import Problems
from augcli.config.sections import Engine, Evaluate, Files, Input, Protect, Section, Teacher, Unlabeled
from augcli.config.training import TrainingConfig
from augcli.config.vectors import Vectors, VectorsConfig
from augcli.config.yaml_document import Document
from augcli.config.yaml_document import Path as KeyPath
from augcli.language.codes import why_wrong
from augcli.language.resources import GENERAL
from augcli.models.classifiers.base import Classifier, Learner
from augcli.models.hosted.chat import Chat
from augcli.models.linear import LINEAR
from augcli.models.taggers.base import Tagger
from augcli.plugin import find, names
from augcli.steps.step import MeaningStep
from augcli.translation.platform import Platform

FileConfigType = TypeVar("FileConfigType", bound=FileConfig)
TrainingConfigType = TypeVar("TrainingConfigType", bound=TrainingConfig)
SectionType = TypeVar("SectionType", bound=Section)


def build_pipeline(document: Document) -> Pipeline:
    """The config that `document` holds, with its chains built. Raises ConfigError with every problem."""
    problems = Problems(document)
    config = _validate(Config, problems)
    chains = {name: chain for name, chain in _mapping(document, "chains").items() if isinstance(chain, dict)}
    # one wrong section must not hide what is wrong with the others
    data, protect, engine = _alone(Input, document), _alone(Protect, document), _alone(Engine, document)
    if data:
        _check_input(data, chains, problems)
    context: dict[str, Any] = {"folder": Path(document.file).parent, "services": {}}
    for name, body in _mapping(document, "services").items():
        base = Chat if name in names(Chat) else Platform
        if platform := build_plugin(base, name, body, ("services", name), problems, context):
            context["services"][name] = platform
    raw = document.value.get("input")
    language = data.language if data else raw.get("language", "en") if isinstance(raw, dict) else None
    builder = ChainBuilder(
        problems,
        context,
        language=language if isinstance(language, str) else None,
        labelled=data is None or data.label is not None,
        one_text=data is None or not (data.spans or data.tokens or data.tags or data.has_several_texts),
        aligned=data is None or (data.alignment is not None and data.has_several_texts),
        has_entities=data is None or bool(data.spans or (data.tokens and data.tags)),
        patterns=protect.patterns if protect else (),
        device=engine.device if engine else "auto",
    )
    built = {name: builder.build(name, chain) for name, chain in chains.items()}
    if config:
        _check_teacher(config, built, problems)
        labels = [config.teacher.label_column] if config.teacher else []
        if config.output.id in ("aug_source", "aug_chain", *config.output.columns, *labels):
            problems.add(("output", "id"), "a column of this name is written already; name another")
    learners = _learners(_alone(Evaluate, document) or Evaluate(), data, builder, problems)
    student = _student(config.teacher, builder, problems) if config and config.teacher else None
    problems.raise_any()
    assert config
    pipeline = Pipeline(config, built, context["services"], learners, student)
    if config.engine.ray and config.engine.ray.address and pipeline.hosted:
        raise config.error(
            "a hosted platform's limits and payments are kept in a file of one machine; leave the address out",
            "engine", "ray", "address",
        )  # fmt: skip
    return pipeline


def build_training(model: type[TrainingConfigType], document: Document) -> TrainingConfigType:
    """The config of a training that `document` holds. Raises ConfigError with every problem."""
    problems = Problems(document)
    config = _validate(model, problems)
    if data := _alone(Input, document):
        _check_input(data, {}, problems)
    if isinstance(config, AdaptConfig):
        _check_adapt(config.adapt, config.input, problems)
    if isinstance(config, VectorsConfig):
        _check_vectors(config.vectors, problems)
    problems.raise_any()
    assert config
    return config


def _validate(model: type[FileConfigType], problems: Problems) -> FileConfigType | None:
    document = problems.document
    context = {"document": document, "folder": Path(document.file).parent}
    try:
        return model.model_validate(document.value, context=context)
    except ValidationError as error:
        problems.add_errors(error, (), model)
        return None


def _mapping(document: Document, section: str) -> dict[str, Any]:
    value = document.value.get(section)
    return value if isinstance(value, dict) else {}


def _alone(section: type[SectionType], document: Document) -> SectionType | None:
    try:
        return section.model_validate(document.value.get(section.__name__.lower(), {}))
    except ValidationError:  # told when the whole was validated
        return None


def _check_input(data: Input, chains: dict[str, dict[str, Any]], problems: Problems) -> None:
    """Keys of `input` that go together, or not."""
    if data.token_columns and not data.tokens:
        problems.add(("input", "token_columns"), "token_columns goes with tokens and tags")
    for key in ("scheme", "tag_names"):
        if key in data.model_fields_set and not data.tags:
            problems.add(("input", key), f"{key} goes with tokens and tags")
    if data.tokens or data.tags:
        if not (data.tokens and data.tags):
            problems.add(("input",), "tokens and tags go together; one of them is missing")
        if data.text or data.spans:
            problems.add(("input",), "give either text (and spans) or tokens and tags; not both")
    elif not data.texts:
        problems.add(("input",), "text is missing: name the text column, or tokens and tags")
    if len(set(data.texts)) < len(data.texts):
        problems.add(("input", "text"), "a text column is named twice")
    if "rest" in data.model_fields_set and not data.where:
        problems.add(("input", "rest"), "this goes with input.where, which says which rows are augmented")
    if wrong := why_wrong(data.language):
        problems.add(("input", "language"), wrong)
    if data.words and data.language != "zh":
        problems.add(("input", "words"), "this goes with language: zh; words of other languages are told by blanks")
    if isinstance(data.label, list) and len(set(data.label)) < len(data.label):
        problems.add(("input", "label"), "a label column is named twice")
    _check_files("input", data, problems)
    if data.spans and data.has_several_texts and data.spans_in is None:
        problems.add(("input", "spans"), "there are several texts: name the column that spans lie in in input.spans_in")
    if data.spans_in and not (data.spans and {*data.framed_texts} <= {*data.texts}):
        problems.add(("input", "spans_in"), "this names columns of input.text, beside input.spans")
    elif len(data.framed_texts) != len(data.span_columns):
        columns = f"{len(data.span_columns)} columns of spans"
        problems.add(("input", "spans_in"), f"name one text column, or as many as there are {columns}")
    for name, chain in chains.items():
        if isinstance(chain.get("variants"), dict) and not data.label:
            problems.add(("chains", name, "variants"), "balance needs input.label, the column with the labels")


def _check_files(section: str, data: Files, problems: Problems) -> None:
    """Keys of files that go together, or not."""
    columns = data.columns or []
    if twice := next((column for column in columns if columns.count(column) > 1), None):
        problems.add((section, "columns"), f"{twice!r} stands twice")
    if data.quote == "none" and data.delimiter == '"':
        problems.add((section, "delimiter"), "a quote cannot separate fields")


def _check_teacher(config: Config, built: Mapping[str, BuiltChain], problems: Problems) -> None:
    """Keys of `teacher`, `unlabeled`, chains and output that go together, or not."""
    pooled = [name for name, chain in config.chains.items() if chain.rows == "unlabeled"]
    if config.teacher and not isinstance(config.input.label, str):
        problems.add(("teacher",), "a teacher learns from one label of each row: name their column in input.label")
    if config.teacher and config.teacher.train == "none" and not isinstance(config.teacher.model, str):
        problems.add(("teacher", "train"), "none takes a classifier as it is: name it in teacher.model")
    if config.teacher and config.teacher.train == "full" and isinstance(config.teacher.model, list):
        problems.add(("teacher", "model"), "full fine-tunes one model; name one, or take train: head")
    if config.teacher and config.teacher.train != "head" and config.teacher.precision != "auto":
        problems.add(("teacher", "precision"), "this is for train: head")
    if config.teacher and config.teacher.train != "head" and config.teacher.vectors:
        problems.add(("teacher", "vectors"), "this is for train: head")
    if len({"aug_source", "aug_chain"} & {*config.output.drop}) == 1:
        problems.add(("output", "drop"), "aug_source and aug_chain go together; leave out both of them, or none")
    data = config.input
    columns = [*data.texts, *data.span_columns, data.tokens, data.tags, *(data.token_columns or ())]
    edited = {column for name in columns if name for column in (name, steps_of(name)[0])}
    if named := next((column for column in config.output.drop if column in edited), None):
        problems.add(("output", "drop"), f"{named!r} is what steps edit; leave out others")
    if config.unlabeled:
        _check_unlabeled(config.unlabeled, config.input, problems)
        if not pooled:
            problems.add(("unlabeled",), "no chain takes these rows; give one `from: unlabeled`")
    for name, chain in config.chains.items():
        place = ("chains", name)
        judges = any(isinstance(check, LabelAgreement) for check in built[name].checks)
        if (judges or chain.labels != "source") and not config.teacher:
            key = "checks" if judges else "labels"
            problems.add((*place, key), "this needs a teacher; add a section `teacher: {}`")
        if chain.min_lead is not None and not judges and chain.labels == "source":
            problems.add((*place, "min_lead"), "this is for chains that ask a teacher; leave it out")
        blurring = next((node.step for node in iter_steps(built[name].nodes) if node.step.blurs_label()), None)
        if chain.labels == "source" and blurring and config.input.label:
            allow = f", or {blurring.name}: {{changes_label: allowed}} to keep the label of the row"
            problems.add(
                (*place, "labels"),
                f"{blurring.name} may change the label; set labels: teacher_soft or teacher_hard"
                f"{allow if isinstance(blurring, MeaningStep) else ''}",
            )
        if chain.labels == "teacher_soft" and "aug_probs" not in config.output.columns:
            problems.add((*place, "labels"), "soft labels need a column: output.columns: [aug_probs]")
        if chain.rows == "unlabeled":
            if chain.labels == "source":
                problems.add((*place, "from"), "these rows have no label; set labels: teacher_soft or teacher_hard")
            if judges:
                problems.add((*place, "checks"), "these rows have no label to agree with; see unlabeled.min_confidence")
            if not isinstance(chain.variants, int):
                problems.add((*place, "variants"), "these rows have no label to balance; see unlabeled.keep_balance")
    if config.output.columns and not config.input.label:
        problems.add(("output", "columns"), "these columns need input.label, the column with the labels")


def _check_unlabeled(unlabeled: Unlabeled, data: Input, problems: Problems) -> None:
    if data.tokens:
        problems.add(("unlabeled",), "this needs input.text; tokens and tags have no label to give")
    texts = [unlabeled.text] if isinstance(unlabeled.text, str) else unlabeled.text
    if unlabeled.general and (len(data.texts) > 1 or data.language not in GENERAL):
        problems.add(("unlabeled", "general"), "these are single texts in English and Chinese; leave this out")
    if unlabeled.path is None and unlabeled.model_fields_set & {"text", *Files.model_fields}:
        problems.add(("unlabeled",), "these keys need unlabeled.path")
    if (unlabeled.path or unlabeled.general) and any(len(steps_of(column)) > 1 for column in texts or data.texts):
        problems.add(("unlabeled", "text"), "name a column; rows without a label are written with columns alone")
    if texts and data.texts and len(texts) != len(data.texts):
        problems.add(("unlabeled", "text"), f"input.text names {len(data.texts)} columns, this {len(texts)}")
    _check_files("unlabeled", unlabeled, problems)
    if unlabeled.keep_balance and unlabeled.limit is None:
        problems.add(("unlabeled", "keep_balance"), "this needs unlabeled.limit, the number of rows to share out")


def learners_of(pipeline: Pipeline) -> Mapping[str, Learner | None]:
    """What `evaluate` trains for a config: the models that it names, or else one of labels, or of entities."""
    data = pipeline.config.input
    if pipeline.learners or data.label or not (data.tokens or data.spans):
        return pipeline.learners or {LINEAR: None}
    return {"crf": find(Tagger, "crf").model_validate({"language": data.language})}


def _learners(
    settings: Evaluate, data: Input | None, builder: ChainBuilder, problems: Problems
) -> dict[str, Learner | None]:
    """The models that a config names, all of labels or all of entities."""
    found: dict[str, Learner | None] = {}
    for index, entry in enumerate(settings.models or ()):
        place: KeyPath = ("evaluate", "models", index)
        if not (named := _learner(entry, place, (Classifier, Tagger), builder, problems)):
            continue
        name, learner = named
        if name in found:
            problems.add(place, f"{name} is listed twice")
        found[name] = learner
    kinds = {isinstance(learner, Tagger) for learner in found.values()}
    if len(kinds) > 1:
        problems.add(("evaluate", "models"), "models of labels and models of entities are evaluated apart")
    elif data and kinds == {True} and not (data.tokens or data.spans):
        problems.add(("evaluate", "models"), "models of entities need input.spans, or input.tokens and input.tags")
    elif data and kinds == {False} and not data.label:
        problems.add(("evaluate", "models"), "models of labels need input.label, the column with the labels")
    return found


def _student(teacher: Teacher, builder: ChainBuilder, problems: Problems) -> Classifier | None:
    """The model that a teacher has to lead; None for the linear one."""
    named = _learner(teacher.student, ("teacher", "student"), (Classifier,), builder, problems)
    student = named[1] if named else None
    assert student is None or isinstance(student, Classifier)
    return student


def _learner(
    entry: Any, place: KeyPath, kinds: Sequence[Any], builder: ChainBuilder, problems: Problems
) -> tuple[str, Learner | None] | None:
    """A model that a config names, with its settings; the linear one has none."""
    if not (named := builder.name_and_body(entry, place, "model")):
        return None
    name, body = named
    where = (*place, name) if isinstance(entry, dict) else place
    if name == LINEAR:
        if body:
            problems.add(where, "the linear model has no settings; its C is chosen by folds")
        return name, None
    kind = next((kind for kind in kinds if name in names(kind)), None)
    if kind is None:
        there = [LINEAR, *(name for kind in kinds for name in names(kind))]
        problems.add(where, f"there is no model called {name!r}; there are {', '.join(there)}")
        return None
    known = {"language": builder.language or "en", "device": builder.device}
    body = known if body is None else {**known, **body} if isinstance(body, dict) else body
    learner: Learner | None = build_plugin(kind, name, body, where, problems, builder.context)
    return (name, learner) if learner else None


def _check_adapt(adapt: Adapt, data: Input, problems: Problems) -> None:
    """Keys of `adapt` that go together, or not."""
    if adapt.label and not data.label:
        problems.add(("adapt", "label"), "this needs input.label, the column with the labels")
    if adapt.model and adapt.scratch:
        problems.add(("adapt", "scratch"), "give either model, to go on with it, or scratch, to make one anew")
    if adapt.scratch and adapt.scratch.hidden % adapt.scratch.heads:
        problems.add(("adapt", "scratch", "hidden"), f"{adapt.scratch.hidden} is no multiple of the heads")
    for key in ("revision", "vocabulary", "new_head"):
        if getattr(adapt, key) and not adapt.model:
            problems.add(("adapt", key), "this goes with adapt.model, a model to go on with")


def _check_vectors(vectors: Vectors, problems: Problems) -> None:
    """Keys of `vectors` that go together, or not."""
    if not vectors.output.endswith((".vec", ".txt", ".bin")):
        problems.add(("vectors", "output"), "expected the name of a file that ends with .vec, .txt or .bin")
    if vectors.limit and not vectors.start:
        problems.add(("vectors", "limit"), "this goes with vectors.start, word vectors to begin with")
    for key in ("sub_words", "buckets"):
        if key in vectors.model_fields_set and vectors.method != "fasttext":
            problems.add(("vectors", key), "this goes with method: fasttext")
    if vectors.sub_words and not 1 <= vectors.sub_words[0] <= vectors.sub_words[1]:
        problems.add(("vectors", "sub_words"), "expected the fewest and the most characters, as [3, 6]")
