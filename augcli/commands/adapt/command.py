"""`augcli adapt`: read the corpus, train, save the model with its card and a report."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, time
from typing import TYPE_CHECKING, Any

from augcli import __version__
from augcli.commands.adapt.corpus import LabelledText, Masking, read
from augcli.commands.adapt.result import AdaptResult, save
from augcli.commands.adapt.start import log_shares, model_for, start_head, tokenizer_for, trimmed_tokenizer, used_pieces
from augcli.commands.adapt.training import State, Training, measure_unigram
from augcli.config.adapt import AdaptConfig
from augcli.config.config import Options
from augcli.errors import DataError
from augcli.io.dataset import DatasetSummary
from augcli.io.files.storage import is_url
from augcli.io.outputs import Paths
from augcli.models.device import contained, device, own_random_numbers, threads
from augcli.models.files import revision_of
from augcli.models.masked_lm import window_of
from augcli.models.pretrained import named_folder
from augcli.process import environment
from augcli.run.engine.open import workers_of
from augcli.run.progress import Bar
from augcli.run.training_input import check_text, records_of, survey_input
from augcli.run.workspace import SCRATCH, clear_stale, workspace

if TYPE_CHECKING:
    import torch

CHANGED = "the config, the input or augcli changed since a training that was interrupted: it began anew"
LEAST = 8
"""Pieces that a window must have room for."""


@contained()
def adapt(config: AdaptConfig, options: Options, workers: int | str = "auto", wanted: str = "auto") -> AdaptResult:
    """Train as the config says, and save the model.

    Raises AugError; what is done by then is found again by the next call.
    """
    began, started = perf_counter(), time()
    number = workers_of(workers, sys.maxsize)
    place = device(wanted)
    output = Path(config.adapt.output)
    _refuse_bad_output(config, output, options)
    with workspace(Paths.of(str(output))) as work, _many_threads(number), own_random_numbers(place):
        scratch = Path(str(work)) / SCRATCH
        found = survey_input(config, scratch, options, workers)
        fingerprint = _fingerprint(config, found, options, place.type)
        folder = scratch.parent / fingerprint[:16]
        notes = [CHANGED] if clear_stale(folder, fresh=options.fresh) and not options.fresh else []
        tokenizer, training = _training(config, found, scratch, folder, place)
        resumed = training.state.step
        with _progress(options) as show:
            training.run(show)
        shares = log_shares(training.training.counts(len(tokenizer)))
        adapted = AdaptResult(
            config=config,
            output=output,
            survey=found,
            training=training,
            tokenizer=tokenizer,
            after=training.store(config.adapt.weights),
            guesses=training.guesses(),
            unigram=measure_unigram(shares, training.validation_batches()),
            resumed=resumed,
            limit=options.limit,
            device=str(place),
            threads=number,
            started=started,
            seconds=perf_counter() - began,
            fingerprint=fingerprint,
            notes=notes,
        )
        save(adapted, scratch / "result")
        _move_into_place(scratch / "result", output, scratch)
    return adapted


@contained()
def check(config: AdaptConfig) -> str:
    """Read the whole input and load the model to go on with; say what was found.

    Raises the AugError that a training would raise before it begins.
    """
    with TemporaryDirectory(prefix="augcli-") as folder:
        found = survey_input(config, Path(folder), Options(), "auto")
        if config.adapt.model:
            tokenizer = tokenizer_for(config.adapt, lambda: (), Path(folder))
            model_for(config.adapt, tokenizer, None)
    return check_text(found)


def _refuse_bad_output(config: AdaptConfig, output: Path, options: Options) -> None:
    if is_url(config.adapt.output):
        raise config.error("a model is written to a folder of this machine, not to a URL", "adapt", "output")
    if output.exists() and not (output.is_dir() and options.overwrite):
        hint = "use --overwrite, or another output" if output.is_dir() else "it is a file; name a folder"
        raise config.error(f"{output} is already there; {hint}", "adapt", "output")
    if (
        config.adapt.model
        and output.exists()
        and output.samefile(named_folder(config.adapt.model, config.adapt.revision))
    ):
        raise config.error("this is the model to go on with; name another folder", "adapt", "output")


@contextmanager
def _many_threads(number: int) -> Iterator[None]:
    """Let torch and the tokenizers use so many threads: steps use one, a training all."""
    with threads(number), environment({"TOKENIZERS_PARALLELISM": "true", "RAYON_NUM_THREADS": str(number)}):
        yield


def _fingerprint(config: AdaptConfig, found: DatasetSummary, options: Options, device: str) -> str:
    """Of all that the training depends on."""
    said = config.model_dump(mode="json", exclude={"adapt": {"output", "weights"}})
    said |= {"augcli": __version__, "limit": options.limit, "inputs": [file.sha256 for file in found.sources]}
    said |= {"device": device, "versions": [version(name) for name in ("torch", "transformers", "tokenizers")]}
    if config.adapt.model:
        said["model"] = revision_of(named_folder(config.adapt.model, config.adapt.revision))
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _training(
    config: AdaptConfig, found: DatasetSummary, scratch: Path, folder: Path, place: torch.device
) -> tuple[Any, Training]:
    """The tokenizer, and a training that is ready to run or to go on."""
    import torch

    settings = config.adapt
    if not found.rows:
        raise DataError("the input has no rows to train with")
    numbers = {
        label: number
        for number, label in enumerate(sorted({", ".join(group) for group in found.groups}) if settings.label else [""])
    }

    def texts() -> Iterator[str]:
        return (item.text for item in _texts(config, found))

    torch.manual_seed(config.seed)
    tokenizer = tokenizer_for(settings, texts, scratch)
    kept = used_pieces(tokenizer, texts(), settings.vocabulary) if settings.vocabulary else None
    if kept:
        tokenizer = trimmed_tokenizer(tokenizer, kept, scratch)
    model, fresh = model_for(settings, tokenizer, kept)
    masking = Masking.of(tokenizer, list(numbers), settings.mask_rate)
    room = window_of(tokenizer, model) - masking.around
    if room < LEAST:
        raise config.error(f"the longest label leaves room for {max(room, 0)} tokens of text", "adapt", "label")
    parts = read(_texts(config, found), tokenizer, room, numbers, settings.validation)
    for part, purpose in zip(parts, ("to train with", "for the validation"), strict=True):
        if not len(part):
            raise DataError(f"of {found.rows} rows, none with words is left {purpose}; more texts are needed")
    shares = log_shares(parts[0].counts(len(tokenizer)))
    if fresh:
        start_head(model, fresh, shares)
    rate = settings.learning_rate if settings.learning_rate != "auto" else 5e-4 if fresh else 5e-5
    return tokenizer, Training(model.to(place), settings, config.seed, parts, masking, rate, folder)


def _texts(config: AdaptConfig, found: DatasetSummary) -> Iterator[LabelledText]:
    for record in records_of(config, found):
        label = ", ".join(record.labels) if config.adapt.label else ""
        yield from (LabelledText(text, label) for text in record.texts)


@contextmanager
def _progress(options: Options) -> Iterator[Callable[[State, float], None]]:
    """A bar on stderr; silent when that is no terminal, and with --quiet."""
    form = "{percentage:5.1f} %|{bar}| {elapsed}<{remaining}{postfix}"
    quiet = options.quiet or not sys.stderr.isatty()
    with Bar(total=1.0, bar_format=form, disable=quiet) as bar:

        def show(state: State, progress: float) -> None:
            measured = state.points[-1].measured
            bar.set_postfix_str(f"step {state.step}, validation perplexity {measured.perplexity:.1f}", refresh=False)
            bar.update(progress - bar.n)

        yield show


def _move_into_place(result: Path, output: Path, scratch: Path) -> None:
    """Give the folder its final name."""
    for file in result.iterdir():
        with file.open("r+b") as opened:  # Windows flushes no file that is open for reading only
            os.fsync(opened.fileno())
    if output.exists():
        output.rename(scratch / "replaced")
    result.rename(output)
