"""Which files a run writes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from augcli.config.config import Config
from augcli.config.sections import Format
from augcli.io.files.atomic import STDOUT
from augcli.io.files.storage import Place, entries, is_folder, is_url, place
from augcli.io.inputs import SUFFIXES, format_of

AUG_COLUMNS = ("aug_source", "aug_chain")
"""The columns that an output has unless both are dropped."""
_UNPACKED = {
    "parquet": "Parquet files are compressed inside",
    "xlsx": "Excel files are compressed inside",
    "arrow": "Arrow files are read in place, and never packed",
}
LABEL_COLUMNS = ("aug_probs", "aug_weight")
"""Columns that say how much a row, or its label, counts."""


def added_columns(config: Config) -> list[str]:
    """The columns of the output that augcli adds to those of the input, in order."""
    lineage = () if {*AUG_COLUMNS} <= {*config.output.drop} else AUG_COLUMNS
    named = [config.output.id] if config.output.id else []
    return [*lineage, *named, *config.output.columns, *hard_label_columns(config)]


def replaced_columns(config: Config) -> list[str]:
    """The columns that an earlier run of augcli added to its output, now the input, and that are written anew."""
    if config.input.originals_only is None:
        return []
    return [*dict.fromkeys([*added_columns(config), *(LABEL_COLUMNS if config.input.originals_only else ())])]


def hard_label_columns(config: Config) -> list[str]:
    """The column of hard labels, where a chain asks for them and it is not the label column itself."""
    if config.teacher is None or all(chain.labels != "teacher_hard" for chain in config.chains.values()):
        return []
    column = config.teacher.label_column
    return [column] if column not in config.input.labels else []


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the outputs go.

    `data` and `provenance` hold one file per shard. When the output is stdout, `data` holds none, and the others are
    written where they are named.
    """

    whole: Place
    """The output file as it would be without shards."""
    data: Sequence[Place]
    provenance: Sequence[Place]
    report: Place
    html: Place
    statistics: Place | None
    """Word statistics of the input, where a step needs them."""
    label_words: Place | None
    """The words that carry a label, where steps leave them."""
    teacher: Place | None
    """What was learnt of the labelled rows, where a chain asks for it."""
    reported: bool
    """Whether the report is written."""

    @classmethod
    def of(
        cls,
        output: str,
        shards: int | None = None,
        *,
        statistics: bool = False,
        label_words: bool = False,
        teacher: bool = False,
        report: str | None = None,
        provenance: str | None = None,
    ) -> Paths:
        """The files that belong to the output file `output`, in so many shards; with those named, or without.

        Report and provenance stand beside the output unless files are named for them.
        """
        whole = place(output)
        stem = stem_of(whole)
        names = [f"{stem}-{shard:05}-of-{shards:05}" for shard in range(shards)] if shards else [stem]
        to_file = output != STDOUT
        beside = [whole.with_name(f"{name}.provenance.jsonl") for name in names] if to_file else []
        reported = report_file(report) if report else whole.with_name(f"{stem}.report.json")
        return cls(
            whole,
            [whole.with_name(f"{name}{whole.name[len(stem) :]}") for name in names] if to_file else [],
            [place(provenance)] if provenance else beside,
            reported,
            reported.with_suffix(".html"),
            whole.with_name(f"{stem}.statistics.tsv") if statistics and to_file else None,
            whole.with_name(f"{stem}.label_words.tsv") if label_words and to_file else None,
            whole.with_name(f"{stem}.teacher.safetensors") if teacher and to_file else None,
            to_file or report is not None,
        )

    def of_other_shards(self) -> list[Place]:
        """Shards that augcli wrote under the same name but in another number: those with provenance."""
        if self.whole in self.data:
            return []
        stem = stem_of(self.whole)
        shard = re.compile(rf"({re.escape(stem)}-\d{{5,}}-of-\d{{5,}})\.provenance\.jsonl")
        found = [(file, shard.fullmatch(file.name)) for file in entries(self.whole.parent)]
        others = [(file, match[1]) for file, match in found if match and file not in self.provenance]
        data = [file.with_name(f"{name}{self.whole.name[len(stem) :]}") for file, name in others]
        return [*(file for file in data if file.exists()), *(file for file, _ in others)]

    def all(self) -> list[Place]:
        """The files that a run writes."""
        reports = [self.report, self.html] if self.reported else []
        beside = [self.statistics, self.label_words, self.teacher]
        return [path for path in [*self.data, *self.provenance, *reports, *beside] if path]


def report_file(named: str) -> Place:
    """Where the report for programs is written when `--report` names a file; the page stands beside it."""
    return place(f"{named.removesuffix('.json').removesuffix('.html')}.json")


def shards_of(chunks: int, shards: int) -> list[range]:
    """The numbers of the chunks in each shard."""
    return [range(chunks * shard // shards, chunks * (shard + 1) // shards) for shard in range(shards)]


def stem_of(path: Place) -> str:
    """The name of a file without the suffixes of format and compression."""
    name = path.name
    fmt, packed = format_of(name)
    for _ in range(bool(fmt) + bool(packed)):
        name = name.rpartition(".")[0]
    return name


def output_format(config: Config) -> Format:
    """Format of the output; on stdout and in a folder that of the input.

    Raises ConfigError when nothing tells it, or when the name asks for what the format cannot be.
    """
    named, packed = format_of(config.output.path)
    fmt = config.output.format or named
    if fmt is None and (config.output.path == "-" or config.output.path.endswith("/")):
        inputs = [config.input.path] if isinstance(config.input.path, str) else config.input.path
        fmt = config.input.format or format_of(inputs[0])[0]
    if fmt is None:
        raise config.error(_why_no_format(config.output.path), "output", "path")
    if packed and (why := _UNPACKED.get(fmt)):
        raise config.error(f"{why}; leave out the last suffix", "output", "path")
    if fmt == "xlsx" and config.output.path == "-":
        message = "a workbook is no stream; write it to a file, or set output.format to csv or jsonl"
        raise config.error(message, "output", "path")
    if packed == "zip":
        raise config.error("outputs are packed as .gz, .bz2, .xz or .zst, not as .zip", "output", "path")
    return fmt


def _why_no_format(path: str) -> str:
    if path.endswith("/"):
        return "neither the folder nor the input tells the format; set output.format"
    if path != "-" and not is_url(path) and is_folder(Path(path)):
        return f"{path} is a folder; end it with / and set output.shards"
    return f"the name does not tell the format ({', '.join(SUFFIXES)}); set output.format"


def output_file(config: Config) -> str:
    """The output file as it would be without shards; in a folder they are called part-00000-of-00008 and so on.

    Raises ConfigError when the format cannot be told.
    """
    path, fmt = config.output.path, output_format(config)
    return f"{path}part.{fmt}" if path.endswith("/") else path
