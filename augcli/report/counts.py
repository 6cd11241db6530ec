"""What a run counts, chunk by chunk: ledgers, work of the steps, and what the report shows of rows and texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import orjson

from augcli.chains.ledger import Ledger, Work
from augcli.errors import RunError
from augcli.report.highlights import Highlights


@dataclass(slots=True)
class Tally:
    """What is counted of rows and texts."""

    rows: int = 0
    written: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    lengths_before: Counter[int] = field(default_factory=Counter)
    lengths_after: Counter[int] = field(default_factory=Counter)
    variants_of_lengths: Counter[int] = field(default_factory=Counter)
    """Variants by the length of their source row."""
    edit_rates: Counter[int] = field(default_factory=Counter)
    """Variants by share of characters edited, in steps of 5 %."""
    scores: dict[str, dict[str, Counter[float]]] = field(default_factory=dict)
    """By chain and check that scores: variants by the lower end of the bin of their score."""
    spans_lost: int = 0
    balance: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    """By chain that balances and label: variants requested and written."""
    made: dict[str, dict[str, list[list[int]]]] = field(default_factory=dict)
    """By chain that balances, group of labels and round: variants written, and rows that lack some since then."""
    highlights: Highlights = field(default_factory=Highlights)

    def merge(self, other: Tally) -> None:
        """Add the counts of other rows."""
        self.rows += other.rows
        self.written += other.written
        self.labels.update(other.labels)
        self.lengths_before.update(other.lengths_before)
        self.lengths_after.update(other.lengths_after)
        self.variants_of_lengths.update(other.variants_of_lengths)
        self.edit_rates.update(other.edit_rates)
        self.spans_lost += other.spans_lost
        for chain, scores in other.scores.items():
            for check, counts in scores.items():
                self.scores.setdefault(chain, {}).setdefault(check, Counter()).update(counts)
        for chain, labels in other.balance.items():
            for label, (asked, written) in labels.items():
                self.add_balance(chain, label, asked, written)
        for chain, groups in other.made.items():
            for group, rounds in groups.items():
                for number, (written, lacking) in enumerate(rounds):
                    self.add_made(chain, group, number, written, lacking)
        self.highlights.merge(other.highlights)

    def add_score(self, chain: str, check: str, score: float, width: float) -> None:
        """Add the score of a variant, in bins of a width."""
        self.scores.setdefault(chain, {}).setdefault(check, Counter())[round(score // width * width, 4)] += 1

    def add_balance(self, chain: str, label: str, asked: int, written: int) -> None:
        """Add variants requested and written of a label, in a chain that balances."""
        counts = self.balance.setdefault(chain, {}).setdefault(label, [0, 0])
        counts[0] += asked
        counts[1] += written

    def add_made(self, chain: str, group: str, number: int, written: int, lacking: int) -> None:
        """Add what round `number` made of a group of labels, in a chain that balances."""
        rounds = self.made.setdefault(chain, {}).setdefault(group, [])
        while len(rounds) <= number:
            rounds.append([0, 0])
        rounds[number][0] += written
        rounds[number][1] += lacking


@dataclass(slots=True)
class Counts:
    """All that is counted of a chunk, or of several."""

    ledgers: dict[str, Ledger]
    """By chain."""
    work: dict[str, dict[str, Work]]
    """By chain and step."""
    tally: Tally

    @classmethod
    def of(cls, chains: Iterable[str]) -> Counts:
        """Nothing counted yet."""
        names = list(chains)
        return cls({name: Ledger() for name in names}, {name: {} for name in names}, Tally())

    def merge(self, other: Counts) -> None:
        """Add the counts of other rows, which come after these."""
        self.merge_chains(other.ledgers, other.work)
        self.tally.merge(other.tally)

    def merge_chains(self, ledgers: dict[str, Ledger], work: dict[str, dict[str, Work]]) -> None:
        """Add what chains counted."""
        for name, ledger in ledgers.items():
            self.ledgers[name].merge(ledger)
        for name, steps in work.items():
            for step, done in steps.items():
                self.work[name].setdefault(step, Work()).merge(done)

    def check(self) -> None:
        """Raise RunError when the ledgers do not add up."""
        for name, ledger in self.ledgers.items():
            if ledger.booked != ledger.asked:
                raise RunError(
                    f"chain {name!r}: {ledger.asked} variants requested, {ledger.booked} accounted for: a bug"
                )

    @property
    def asked(self) -> int:
        """Variants requested, over all chains."""
        return sum(ledger.asked for ledger in self.ledgers.values())

    @property
    def variants(self) -> int:
        """Variants written, over all chains."""
        return sum(ledger.written for ledger in self.ledgers.values())

    def seconds(self) -> Counter[str]:
        """The time that each step took, over all chains."""
        seconds: Counter[str] = Counter()
        for steps in self.work.values():
            seconds.update({step: work.seconds for step, work in steps.items()})
        return seconds

    def dump(self) -> bytes:
        """The manifest of a chunk: these counts as JSON."""
        fields = {name: getattr(self.tally, name) for name in Tally.__slots__}
        tally = {**fields, "highlights": self.tally.highlights.values()}
        return orjson.dumps(
            {"ledgers": self.ledgers, "work": self.work, "tally": tally}, option=orjson.OPT_NON_STR_KEYS
        )

    @classmethod
    def load(cls, manifest: bytes) -> Counts:
        """What `dump` wrote."""
        values = orjson.loads(manifest)
        tally = values["tally"]
        for name in ("lengths_before", "lengths_after", "variants_of_lengths", "edit_rates"):
            tally[name] = Counter({int(key): count for key, count in tally[name].items()})
        tally["scores"] = {
            chain: {
                check: Counter({float(key): count for key, count in counts.items()}) for check, counts in scores.items()
            }
            for chain, scores in tally["scores"].items()
        }
        return cls(
            {
                name: Ledger(
                    **{
                        **ledger,
                        "refused": Counter(ledger["refused"]),
                        "scored": {check: Work(**done) for check, done in ledger["scored"].items()},
                    }
                )
                for name, ledger in values["ledgers"].items()
            },
            {name: {step: Work(**done) for step, done in steps.items()} for name, steps in values["work"].items()},
            Tally(
                **{
                    **tally,
                    "labels": Counter(tally["labels"]),
                    "highlights": Highlights.of(tally["highlights"]),
                }
            ),
        )


def length_bin(length: int) -> int:
    """The lower end of the bin of a length: bins are 10 wide below 1,000, 50 below 10,000, then 1,000."""
    width = 10 if length < 1000 else 50 if length < 10_000 else 1000
    return length // width * width
