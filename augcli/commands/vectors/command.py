"""`augcli vectors`: read the corpus, train, write the vectors and a report beside them."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, time
from typing import Any

from augcli.commands.vectors.corpus import write_words
from augcli.commands.vectors.result import VectorsResult, measure, neighbours_of_frequent_words
from augcli.commands.vectors.training import epochs_of, train, vectors_of
from augcli.config.config import Options
from augcli.config.vectors import Vectors as Settings
from augcli.config.vectors import VectorsConfig
from augcli.errors import DataError
from augcli.io.files.atomic import AtomicFile
from augcli.io.files.storage import is_url
from augcli.io.outputs import Paths
from augcli.language.resources import VECTORS, Lexicon
from augcli.language.vectors import Vectors, load
from augcli.process import cache_folder
from augcli.report.document import sign
from augcli.run.progress import Bar
from augcli.run.training_input import check_text, records_of, survey_input
from augcli.run.workspace import SCRATCH, workspace


def vectors(config: VectorsConfig, options: Options) -> VectorsResult:
    """Train as the config says, and write the vectors. Raises AugError."""
    began, started = perf_counter(), time()
    settings, language = config.vectors, config.input.language
    output = Path(settings.output)
    report = output.with_name(f"{output.name}.report.json")
    _refuse_bad_output(config, [output, report], options)
    start = _start(config)
    with workspace(Paths.of(str(output))) as work:
        scratch = Path(str(work)) / SCRATCH
        found = survey_input(config, scratch, options, "auto")
        training, aside = write_words(records_of(config, found), config.input, settings.validation, scratch)
        if not any(count >= settings.min_count or (start and start.place(word) is not None)
                   for word, count in training.counts.items()):  # fmt: skip
            raise DataError(
                f"no word is found {settings.min_count} times in the {training.texts:,} texts to train with; "
                "more texts are needed, or a smaller vectors.min_count"
            )
        with _progress(epochs_of(settings), options) as show:
            model = train(training, settings, start, language, config.seed, show)
        trained = vectors_of(model, None if _has_sub_words(settings) else start)
        sealed = AtomicFile(output, scratch)
        _write(model if _has_sub_words(settings) else None, trained, sealed)
        result = VectorsResult(
            config=config,
            output=sealed,
            dataset=found,
            texts=training.texts,
            words=training.counts.total(),
            trained=len(model.wv),
            kept=len(trained.words) - len(model.wv),
            dimensions=trained.matrix.shape[1],
            held_out=measure(trained, aside, settings.window, language, config.seed),
            neighbours=neighbours_of_frequent_words(trained, training, language),
            start=_lexicon(settings.start).described() if settings.start else None,
            limit=options.limit,
            started=started,
            seconds=perf_counter() - began,
        )
        told = AtomicFile(report, scratch)
        with told.open() as file:
            file.write(sign(result.document()))
        sealed.rename()
        told.rename()
    return result


def check(config: VectorsConfig) -> str:
    """Read the whole input and the vectors to begin with; say what was found.

    Raises the AugError that a training would raise before it begins.
    """
    _start(config)
    with TemporaryDirectory(prefix="augcli-") as folder:
        return check_text(survey_input(config, Path(folder), Options(), "auto"))


def _refuse_bad_output(config: VectorsConfig, files: list[Path], options: Options) -> None:
    if is_url(config.vectors.output):
        raise config.error("vectors are written to a file of this machine, not to a URL", "vectors", "output")
    start = config.vectors.start or ""
    for file in files:
        if file.is_dir():
            raise config.error(f"{file} is a folder; name a file", "vectors", "output")
        if file.exists() and not options.overwrite:
            raise config.error(f"{file} is already there; use --overwrite, or another output", "vectors", "output")
        if file.exists() and Path(start).exists() and file.samefile(start):
            raise config.error("these are the vectors to begin with; name another file", "vectors", "output")


def _start(config: VectorsConfig) -> Vectors | None:
    """The vectors to begin with, if there are any."""
    settings = config.vectors
    if not settings.start:
        return None
    named = next((language for language, own in VECTORS.items() if own.key == settings.start), config.input.language)
    if named != config.input.language:
        message = f"these are words of language {named!r}, and the input is in {config.input.language!r}"
        raise config.error(message, "vectors", "start")
    start = load(_lexicon(settings.start).path(), settings.limit, cache_folder())
    if settings.dimensions not in (None, start.matrix.shape[1]):
        message = f"{settings.start} has {start.matrix.shape[1]} dimensions; leave out dimensions, or say so many"
        raise config.error(message, "vectors", "dimensions")
    return start


def _lexicon(start: str) -> Lexicon:
    known = {own.key: own for own in VECTORS.values()}
    return known.get(start) or Lexicon("word vectors", start, "yours")


@contextmanager
def _progress(epochs: int, options: Options) -> Iterator[Callable[[], None]]:
    """A bar on stderr; silent when that is no terminal, and with --quiet."""
    with Bar(total=epochs, unit="epoch", disable=options.quiet or not sys.stderr.isatty()) as bar:
        yield bar.advance


def _has_sub_words(settings: Settings) -> bool:
    """Whether the file is one of fastText, which has room for the words of the input alone."""
    return settings.method == "fasttext" and settings.output.endswith(".bin")


def _write(model: Any, trained: Vectors, sealed: AtomicFile) -> None:
    """Write the vectors in the format that the name of the file says; of fastText, if there is a `model` for that."""
    import numpy as np
    from gensim.models.fasttext import save_facebook_model

    binary = sealed.path.suffix == ".bin"
    with sealed.open() as raw, io.BufferedWriter(raw) as file:
        if model:
            save_facebook_model(model, file)
            return
        file.write(f"{len(trained.words)} {trained.matrix.shape[1]}\n".encode())
        for word, vector in zip(trained.words, trained.matrix, strict=True):
            if binary:
                file.write(word.encode() + b" " + vector.tobytes() + b"\n")
            else:
                file.write(f"{word} {' '.join(map(str, np.round(vector.astype(float), 6).tolist()))}\n".encode())
