"""What is known and made ready before a run: chains, resources, warnings."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import islice
from pathlib import Path

from augcli.chains.compose import leaves
from augcli.chains.runner import Runner
from augcli.chains.variants import Chain
from augcli.checks.rules import Unique
from augcli.config.config import Config
from augcli.io.dataset import Survey
from augcli.io.files.atomic import write_whole
from augcli.io.files.storage import Place
from augcli.io.outputs import Paths, output_file
from augcli.io.records import label_name, read_chunk
from augcli.io.sources import Source, open_sources
from augcli.language.resources import JIEBA, Lexicon
from augcli.models.device import gpus
from augcli.run.engine.local import local
from augcli.run.engine.open import workers_of
from augcli.run.survey.balance import Share, balance_key
from augcli.run.survey.blocks import BLOCK
from augcli.run.survey.survey import survey
from augcli.steps.step import Fitted, Step
from augcli.text.protect import Protector
from augcli.text.record import Record
from augcli.text.text import Text

MODEL_BLOCK = 64 << 10
"""Bytes of input that are worth a process of their own where a model reads them."""
"""Bytes of input that a worker surveys at a time. No chunk reaches from one block into the next."""


def useful_workers(config: Config, sources: Sequence[Source]) -> int:
    """How many processes the input is large enough for; where models run on GPUs, at most one for each of these."""
    models = config.models()
    useful = block_count(sources, MODEL_BLOCK if models else BLOCK)
    return min(useful, len(gpus())) if any(step.on_gpu() for step in models) else useful


def block_count(sources: Sequence[Source], size: int) -> int:
    """How many blocks of `size` bytes there will be, more or less."""
    return -(-sum(source.end - source.start for source in sources if source.format != "parquet") // size) + sum(
        -(-source.size // size) for source in sources if source.format == "parquet"
    )


@contextmanager
def surveyed(config: Config) -> Iterator[tuple[Config, Survey, Place]]:
    """The config as it can run, what is in its input, and a folder to work in."""
    with tempfile.TemporaryDirectory(prefix="augcli-") as folder:
        sources = open_sources(config, Path(folder))
        with local(workers_of(config.engine.workers, useful_workers(config, sources))) as engine:
            found = survey(config, sources, Path(folder) / "survey", engine, count_words=fits(config))
        yield fitted(config, found, Path(folder)), found, Path(folder)


def paths_of(config: Config) -> Paths:
    """The files that a run of the config writes."""
    return Paths.of(output_file(config), config.output.shards, statistics=fits(config))


def lexicons(config: Config) -> list[Lexicon]:
    """All that the steps and checks of a config read."""
    used = [JIEBA] if config.input.language == "zh" else []
    for name in config.chains:
        for part in [*(node.step for node in leaves(config.nodes(name))), *config.checks(name)]:
            used += [lexicon for lexicon in part.lexicons(config.input.language) if lexicon not in used]
    return used


LOOKED_AT = 500
"""Rows that steps see before a run."""


STATISTICS = "statistics.tsv"
"""Name of the word statistics of the input in the work folder."""


def fits(config: Config) -> bool:
    """Whether a step needs word statistics of the input."""
    return any(_unfitted(node.step) for name in config.chains for node in leaves(config.nodes(name)))


def _unfitted(step: Step) -> bool:
    return isinstance(step, Fitted) and step.statistics is None


def fitted(config: Config, found: Survey, folder: Place) -> Config:
    """`config` with the word statistics of its input, for the steps that need some; they are saved in `folder`."""
    if not found.statistics:
        return config
    path = folder / STATISTICS
    write_whole(path, found.statistics.dump())
    given = {"statistics": str(path)}
    return config.with_steps(lambda step: step.model_copy(update=given) if _unfitted(step) else step)


def remarks(config: Config, found: Survey) -> list[str]:
    """What the steps have to say before a run, after a look at the first rows."""
    speaking = {
        repr(step): step
        for name in config.chains
        for node in leaves(config.nodes(name))
        if type(step := node.step).remarks is not Step.remarks
    }
    if not speaking:
        return []
    records = (record for chunk in found.chunks for record in read_chunk(config, chunk))
    texts = [Text(text, config.input.language) for record in islice(records, LOOKED_AT) for text in record.texts]
    told = []
    for step in speaking.values():
        step.setup(config.input.language)
        told += [f"{step.name}: {remark}" for remark in step.remarks(texts)]
    return told


def chains_of(config: Config, shared: dict[str, dict[str, Share]]) -> list[Chain]:
    """The chains of a config, ready to run."""
    chains = []
    for name, chain in config.chains.items():
        if isinstance(chain.variants, int):
            asked: Callable[[Record], int] = partial(_constant, chain.variants)
        else:
            asked = partial(_balanced, shared[name], config.seed)
        chains.append(Chain(name, config.nodes(name), config.checks(name), chain.attempts, asked))
    return chains


def _constant(variants: int, record: Record) -> int:
    return variants


def _balanced(shared: dict[str, Share], seed: int, record: Record) -> int:
    each, below = shared[label_name(record.label)]
    return each + (balance_key(seed, record) < below)


def runner_of(config: Config, chains: Sequence[Chain]) -> Runner:
    """A runner for the chains, not yet set up."""
    protect = config.protect
    return Runner(
        chains,
        seed=config.seed,
        language=config.input.language,
        protector=Protector(protect.patterns, protect.words, protect.spans == "keep"),
        drop_failures=config.on_error == "drop",
    )


def unique_in_output(config: Config) -> frozenset[str]:
    """The chains none of whose variants may repeat another row of the output."""
    return frozenset(
        name
        for name in config.chains
        if any(isinstance(check, Unique) and check.scope == "output" for check in config.checks(name))
    )
