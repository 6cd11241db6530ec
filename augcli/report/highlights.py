"""What a report shows of single variants: the replacements that steps made, examples, and texts to measure.

A row is looked at closely when a hash of its key is small enough, so it is always the same rows, whatever the chunks
and whatever the workers, and the highlights of chunks may be put together in any order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias
from zlib import crc32

from augcli.chains.applied import Applied
from augcli.chains.ledger import LEDGER_ENTRIES, Work
from augcli.chains.variants import Draft, Source, Variant
from augcli.config.config import Config
from augcli.io.dataset import DatasetSummary
from augcli.io.provenance import to_json
from augcli.report.diff import replaced_words
from augcli.report.diversity import measure, words_of
from augcli.steps.operation import Texts
from augcli.text.edits import Span, apply
from augcli.text.record import Labels, Record

COUNTED = 4000
"""Variants, more or less, whose replacements are counted: enough for what is frequent, too few to slow a run down."""
MEASURED = 200
"""Rows, more or less, whose texts are kept to measure how diverse the variants are."""
MEASURED_LENGTH = 400
"""Characters of such a text that are kept."""
EDITS = 10
"""Edits of one step in one text that are counted at most."""
LONGEST = 60
"""Characters of the longest replacement that is counted: whole sentences hardly ever come twice."""
SHOWN = 2000
"""Characters of the longest text that is shown."""
LABEL = 100
"""Characters of the name of a label that are shown."""
LABELS = 30
"""Labels that have examples of their own: the commonest two thirds, and the rarest."""
TOLD = {"step": 15, "label": 6, "labels": 100}
"""Replacements that are told of each step and of each label, and labels whose replacements are told."""
KEPT = {"step": 3, "label": 2, "rejected": 3}
"""Examples of each kind that are kept for each chain and step, for each label, and for each chain and check."""

Replacement: TypeAlias = tuple[str, str, str, str, str]
"""Chain, step, label, old and new words."""
Stratum: TypeAlias = tuple[str, str, str]
"""The kind of the examples; their chain, if it matters; step, label or check."""
Example: TypeAlias = tuple[int, str, dict[str, Any]]
"""The hash that it was drawn by, the id of its row, and what is shown of it."""


class RowSample(NamedTuple):
    """Which rows a report looks at closely."""

    rows: int
    """In the whole input."""
    variants: int
    """For each of them, as far as a config tells."""
    labels: Mapping[Labels, str]
    """Those that have examples of their own, with their names."""

    @classmethod
    def of(cls, dataset: DatasetSummary, config: Config) -> RowSample:
        """The sample for a data set."""
        counts = dataset.groups if config.input.label is not None else Counter[Labels]()
        groups = sorted(counts, key=lambda group: (-counts[group], group))
        if len(groups) > LABELS:
            groups = groups[: 2 * LABELS // 3] + groups[-(LABELS // 3) :]
        variants = sum(chain.variants for chain in config.chains.values() if isinstance(chain.variants, int))
        labels = {group: ", ".join(group)[:LABEL] for group in groups}
        return cls(dataset.fitting + dataset.pooled, max(1, variants), labels)

    @property
    def counted(self) -> int:
        """The number that the hashes of rows with about `COUNTED` variants lie below."""
        return _share_of_hashes(COUNTED, self.rows * self.variants)

    @property
    def measured(self) -> int:
        """The number that the hashes of about `MEASURED` rows lie below."""
        return _share_of_hashes(MEASURED, self.rows)


def _share_of_hashes(part: int, whole: int) -> int:
    return (1 << 32) * part // max(part, whole)


@dataclass(slots=True)
class Highlights:
    """What was found in some rows."""

    counted: int = 0
    """Rows whose replacements were counted."""
    replacements: Counter[Replacement] = field(default_factory=Counter)
    examples: dict[Stratum, list[Example]] = field(default_factory=dict)
    texts: list[tuple[int, str, list[str]]] = field(default_factory=list)
    """To measure: the hash of a row, its text, and its variants."""
    vocabulary: set[str] = field(default_factory=set)
    """The words of the rows whose replacements were counted."""

    def merge(self, other: Highlights) -> None:
        """Add what was found in other rows."""
        self.counted += other.counted
        self.replacements.update(other.replacements)
        for stratum, examples in other.examples.items():
            for example in examples:
                self.keep(stratum, example)
        self.texts += other.texts
        self.vocabulary |= other.vocabulary

    def keep(self, stratum: Stratum, example: Example) -> None:
        """Keep an example if it is among the first of its stratum; of each row only one."""
        kept = self.examples.setdefault(stratum, [])
        if all(example[:2] != other[:2] for other in kept):
            kept.append(example)
            kept.sort(key=lambda one: one[:2])
            del kept[KEPT[stratum[0]] :]

    def most_frequent(self) -> dict[str, Any]:
        """The replacements that came most often, by chain and step and by label."""
        steps: dict[tuple[str, str], Counter[tuple[str, str]]] = {}
        labels: dict[str, Counter[tuple[str, str, str]]] = {}
        for (chain, step, label, old, new), count in self.replacements.items():
            steps.setdefault((chain, step), Counter())[old, new] += count
            if label:
                labels.setdefault(label, Counter())[step, old, new] += count
        named = sorted(labels, key=lambda label: (-labels[label].total(), label))[: TOLD["labels"]]
        return {
            "rows": self.counted,
            "steps": [
                {"chain": chain, "step": step, "different": len(counts), "commonest": _first(counts, TOLD["step"])}
                for (chain, step), counts in sorted(steps.items())
            ],
            "labels": {label: _first(labels[label], TOLD["label"]) for label in named},
        }

    def by_chain(self, *kinds: str) -> dict[str, list[dict[str, Any]]]:
        """The examples of some kinds, each once, with what it is an example of."""
        found: dict[tuple[str, str, int], dict[str, Any]] = {}
        for kind in kinds:
            for stratum in sorted(stratum for stratum in self.examples if stratum[0] == kind):
                for _, row, shown in self.examples[stratum]:
                    key = shown["chain"], row, shown["number"]
                    found.setdefault(key, {**shown, "shows": []})["shows"].append([kind, stratum[2]])
        chains: dict[str, list[dict[str, Any]]] = {}
        for (chain, _, _), shown in found.items():
            chains.setdefault(chain, []).append(shown)
        return chains

    def diversity(self) -> dict[str, Any] | None:
        """How diverse the variants are; None where there are none."""
        return measure([(text, variants) for _, text, variants in sorted(self.texts)], self.vocabulary)

    def values(self) -> list[Any]:
        """All of it as lists, for JSON."""
        counts = [[*replacement, count] for replacement, count in self.replacements.items()]
        return [self.counted, counts, [*self.examples.items()], self.texts, [*self.vocabulary]]

    @classmethod
    def of(cls, values: Sequence[Any]) -> Highlights:
        """What `values` made of them."""
        counted, counts, examples, texts, vocabulary = values
        return cls(
            counted,
            Counter({(chain, step, label, old, new): count for chain, step, label, old, new, count in counts}),
            {
                (kind, chain, name): [(number, row, shown) for number, row, shown in some]
                for (kind, chain, name), some in examples
            },
            [(number, text, variants) for number, text, variants in texts],
            set(vocabulary),
        )


class Highlighter:
    """Finds the highlights of a chunk, some rows after others."""

    def __init__(self, sample: RowSample) -> None:
        self.found = Highlights()
        self._counted, self._measured = sample.counted, sample.measured
        self._names = sample.labels
        self._label_bounds = dict.fromkeys(sample.labels, 1 << 32)
        self._steps: dict[Stratum, int] = {}
        """For each step that changed anything, the number that the hash of a further example has to lie below."""

    def look(self, sources: Sequence[Source], work: Mapping[str, Mapping[str, Work]]) -> None:
        """Look at rows with their variants; `work` says what the steps did to them."""
        for chain, steps in work.items():
            for stream, done in steps.items():
                if done.changed:
                    self._steps.setdefault(("step", chain, stream.partition("#")[0]), 1 << 32)
        counted, label_bounds = self._counted, self._label_bounds
        bound = max([counted, *self._steps.values()])
        for source in sources:
            if not source.accepted:
                continue
            number = crc32(source.key.encode("utf-8", "surrogatepass"))
            if number < label_bounds.get(source.record.labels, 0):
                self._add_label(number, source)
            if number < counted:
                self._count(source)
            if number < self._measured:
                self.found.texts.append(_measured(number, source))
            if number < bound and self._add_steps(number, source):
                bound = max([counted, *self._steps.values()])

    def look_at_refused(self, draft: Draft, entry: str, reason: str) -> None:
        """Keep a rejected variant as an example, unless it is just the same as its source or as another one."""
        if entry == "failed" or entry in LEDGER_ENTRIES.values():
            return
        record, stratum = draft.source.record, ("rejected", draft.chain, entry)
        number = crc32(draft.key.encode("utf-8", "surrogatepass"))
        if number < self._bound(stratum) and _length(record) <= SHOWN:
            shown = _shown(draft.chain, draft.number, record, draft.steps, draft.spans, draft.scores)
            self.found.keep(stratum, (number, str(record.id), {**shown, "reason": reason}))

    def _add_label(self, number: int, source: Source) -> None:
        variant, record = source.accepted[0], source.record
        if _length(record) <= SHOWN:
            stratum = "label", "", self._names[record.labels]
            self.found.keep(stratum, _example(number, record, variant))
            self._label_bounds[record.labels] = self._bound(stratum)

    def _add_steps(self, number: int, source: Source) -> bool:
        """Whether any of the variants of a source was kept as an example of a step."""
        record, kept = source.record, False
        for variant in source.accepted:
            for step in variant.steps:
                stratum = "step", variant.chain, step.step
                if number < self._steps.get(stratum, 0) and _length(record) <= SHOWN:
                    self.found.keep(stratum, _example(number, record, variant))
                    self._steps[stratum] = self._bound(stratum)
                    kept = True
        return kept

    def _bound(self, stratum: Stratum) -> int:
        """The number that the hash of a further example of a stratum has to lie below."""
        kept = self.found.examples.get(stratum, [])
        return kept[-1][0] + 1 if len(kept) == KEPT[stratum[0]] else 1 << 32

    def _count(self, source: Source) -> None:
        """Count the words that steps replaced in the variants of a source."""
        record, replacements = source.record, self.found.replacements
        label = record.label_text[:LABEL]
        self.found.counted += 1
        self.found.vocabulary.update(words_of(_joined(record.texts, SHOWN)))
        for variant in source.accepted:
            texts = [*record.texts]
            for step, edits, column, _ in variant.steps:
                before = texts[column]
                for old, new in replaced_words(before, edits[:: 1 + len(edits) // (EDITS + 1)]):
                    if len(old) <= LONGEST and len(new) <= LONGEST:
                        replacements[variant.chain, step, label, old, new] += 1
                texts[column] = apply(before, edits)


def _measured(number: int, source: Source) -> tuple[int, str, list[str]]:
    """A row and its first variants, cut to a length that can be measured in a moment."""
    variants = [_joined(variant.texts, MEASURED_LENGTH) for variant in source.accepted[:4]]
    return number, _joined(source.record.texts, MEASURED_LENGTH), variants


def _joined(texts: Texts, length: int) -> str:
    return "\n".join(texts)[:length]


def _example(number: int, record: Record, variant: Variant) -> Example:
    shown = _shown(variant.chain, variant.number, record, variant.steps, variant.spans, variant.scores)
    return number, str(record.id), shown


def _shown(
    chain: str, number: int, record: Record, steps: Sequence[Applied], spans: Sequence[Sequence[Span]],
    scores: Mapping[str, float],
) -> dict[str, Any]:  # fmt: skip
    """What is shown of a variant."""
    shown: dict[str, Any] = {"chain": chain, "source": record.id, "number": number, "label": record.label_text[:LABEL],
             "before": record.texts, "steps": to_json(steps, len(record.texts))}  # fmt: skip
    if any(record.spans):
        shown["spans"] = [[*record.spans], [*spans]]
    if scores:
        shown["scores"] = dict(scores)
    return shown


def _length(record: Record) -> int:
    return sum(map(len, record.texts))


def _first(counts: Counter[Any], number: int) -> list[list[Any]]:
    """The commonest, the first in the alphabet where some are as common, with their counts."""
    order = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [[*words, count] for words, count in order[:number]]
