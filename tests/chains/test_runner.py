"""Chains: which steps a variant goes through, what is drawn again, what is counted, and when a run stops."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augcli.chains.applied import Applied
from augcli.chains.compose import Maybe, Node, OneOf, Sequential, SomeOf, StepNode, iter_steps
from augcli.chains.ledger import EXAMPLES
from augcli.chains.runner import OnRefusal, Runner
from augcli.chains.variants import Chain, Source
from augcli.checks.check import Check
from augcli.checks.rules import Changed, LengthRatio, Unique
from augcli.config.config import Options
from augcli.config.load import load
from augcli.errors import RunError
from augcli.report.counts import Counts
from augcli.run.run import run
from augcli.steps.noise.characters import RandomChar
from augcli.steps.noise.words import Blank, Punctuation, RandomDelete, RandomSwap
from augcli.steps.operation import Texts
from augcli.steps.step import Step, StepResult
from augcli.text.edits import Edit, apply
from augcli.text.protect import Protector
from augcli.text.record import Record
from augcli.text.rng import Rng
from augcli.text.text import Text
from tests.support.helpers import CROSSWOZ, SNIPS, rows, write_config

HONEST: list[Check] = [Changed(), Unique()]


class Draws(Step):
    """Puts a number that it draws at the end."""

    name: ClassVar = "draws"
    family: ClassVar = "tests"

    below: int = 10**9

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        end = len(text.value)
        return [(end, end, f" {rng.randbelow(self.below)}")]


class Says(Step):
    """Puts a word at the end and draws nothing."""

    name: ClassVar = "says"
    family: ClassVar = "tests"

    word: str = "so"

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        end = len(text.value)
        return [(end, end, f" {self.word}")]


class Idle(Step):
    """Draws, and edits nothing."""

    name: ClassVar = "idle"
    family: ClassVar = "tests"

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        rng.random()
        return []


class Explains(Step):
    """Puts the label at the end and notes its length; refuses texts that hold a word."""

    name: ClassVar = "explains"
    family: ClassVar = "tests"

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        if "no" in text.value:
            return StepResult(refused="it says no")
        end = len(text.value)
        return StepResult([(end, end, f" {text.label}")], note={"letters": len(text.label)})


class Fails(Step):
    """Cannot do texts that hold a word; draws for the others."""

    name: ClassVar = "fails"
    family: ClassVar = "tests"

    word: str = "bad"

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        if self.word in text.value:
            raise ValueError(f"no {self.word}")
        end = len(text.value)
        return [(end, end, f" {rng.randbelow(2)}")]


class Proposes(Step):
    """Proposes fixed edits, right or wrong."""

    name: ClassVar = "proposes"
    family: ClassVar = "tests"

    edits: list[Any]

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        return self.edits


class Refuses(Check):
    """Refuses everything."""

    name: ClassVar = "refuses"
    family: ClassVar = "checks"

    def reject_reason(self, before: Texts, after: Texts, taken: Collection[Texts]) -> str | None:
        return "as always"


def do(step: Step, stream: str = "") -> StepNode:
    return StepNode(step, stream or step.name)


def chain(
    *nodes: Node, name: str = "c", variants: int = 1, attempts: int = 1, checks: Sequence[Check] = HONEST
) -> Chain:
    return Chain(name, nodes, checks, attempts, lambda record: variants)


class Running:
    """A runner, and all that its runs counted."""

    def __init__(self, chains: Sequence[Chain], **settings: Any) -> None:
        self.runner = Runner(chains, **settings)
        self.counts = Counts.of(chain.name for chain in chains)

    def run(self, records: Sequence[Record], on_refusal: OnRefusal | None = None) -> list[Source]:
        sources, ledgers, work, _ = self.runner.run(records, on_refusal)
        self.counts.merge_chains(ledgers, work)
        return sources


def runner(*chains: Chain, drop: bool = False, protect: Sequence[str] = (), language: str = "en") -> Running:
    return Running(chains, seed=1, language=language, protector=Protector(protect), drop_failures=drop)


def records(*texts: str) -> list[Record]:
    return [Record(f"r{number}", (text,)) for number, text in enumerate(texts)]


def accepted(*chains: Chain, texts: Sequence[str] = ("one two",)) -> list[str]:
    return [variant.texts[0] for source in runner(*chains).run(records(*texts)) for variant in source.accepted]


def outcome(source: Source) -> list[Any]:
    return [(one.chain, one.number, one.texts, list(one.spans), one.steps) for one in source.accepted]


# Steps and groups


def test_steps_follow_one_another_and_are_noted() -> None:
    steps: list[Node] = [do(Says(word="a")), Sequential([do(Idle()), do(Says(word="b"))]), do(Says(word="c"))]
    (source,) = runner(chain(*steps)).run(records("x"))
    assert outcome(source) == [
        (
            "c",
            1,
            ("x a b c",),
            [],
            [Applied("says", [(1, 1, " a")]), Applied("says", [(3, 3, " b")]), Applied("says", [(5, 5, " c")])],
        )
    ]
    assert [leaf.step.name for leaf in iter_steps(steps)] == ["says", "idle", "says", "says"]


def test_what_a_step_notes_is_kept_and_what_it_refuses_is_counted() -> None:
    rows = [
        Record("r0", ("yes", "si"), label="good"),
        Record("r1", ("yes", "no"), label="bad"),
        Record("r2", ("x", "y")),
    ]
    running = runner(chain(do(Explains()), do(Says()), attempts=3))
    found = running.run(rows)
    (first,) = found[0].accepted
    assert first.texts == ("yes good so", "si good so")
    assert [(step.column, step.note) for step in first.steps] == [
        (0, {"letters": 4}),
        (1, {"letters": 4}),
        (0, None),
        (1, None),
    ]
    assert not found[1].accepted
    assert found[2].accepted[0].texts == ("x  so", "y  so")
    ledger = running.counts.ledgers["c"]
    assert (ledger.asked, ledger.written, ledger.refused) == (3, 2, {"explains: it says no": 1})
    assert running.counts.work["c"]["says"].texts == 4


class Breaks(Changed):
    name: ClassVar = "breaks"

    def reject_reason(self, before: Texts, after: Texts, taken: Collection[Texts]) -> str | None:
        if before == ("two",):
            raise ZeroDivisionError("division by zero")
        return None


def test_a_check_that_breaks_ends_the_run_and_names_the_row() -> None:
    with pytest.raises(RunError, match="check 'breaks' failed on row 'r1': ZeroDivisionError: division by zero"):
        runner(chain(do(Says()), checks=[Breaks()])).run(records("one", "two"))


def test_a_check_that_breaks_is_counted_where_failures_are_dropped() -> None:
    running = runner(chain(do(Says()), checks=[Breaks()]), drop=True)
    assert [len(source.accepted) for source in running.run(records("one", "two"))] == [1, 0]
    ledger = running.counts.ledgers["c"]
    assert (ledger.asked, ledger.written, ledger.failed) == (2, 1, 1)


ABC = [do(Says(word=word)) for word in "abc"]


def test_one_of_takes_each_branch_alike() -> None:
    many = chain(OneOf([*ABC[:2], Sequential(ABC)], "one_of"))
    taken = Counter(accepted(many, texts=["x"] * 600))
    assert set(taken) == {"x a", "x b", "x a b c"}
    assert all(150 < count < 250 for count in taken.values())  # 200 +- 4.3 standard deviations
    assert accepted(many, texts=["x"] * 600) == accepted(many, texts=["x"] * 600)


def test_some_of_takes_each_selection_in_the_order_given() -> None:
    taken = Counter(accepted(chain(SomeOf(ABC, 1, 2, "some_of")), texts=["x"] * 1200))
    assert set(taken) == {"x a", "x b", "x c", "x a b", "x a c", "x b c"}
    assert all(140 < count < 260 for count in taken.values())  # 200 +- 4.6 standard deviations
    assert set(accepted(chain(SomeOf(ABC, 3, 3, "some_of")), texts=["x"] * 20)) == {"x a b c"}
    assert accepted(chain(SomeOf(ABC, 0, 0, "some_of")), texts=["x"] * 20) == []


@pytest.mark.parametrize(("p", "least", "most"), [(0.0, 0, 0), (0.25, 200, 300), (1.0, 1000, 1000)])
def test_maybe_does_all_or_nothing(p: float, least: int, most: int) -> None:
    taken = accepted(chain(Maybe(ABC[:2], p, "maybe")), texts=["x"] * 1000)
    assert set(taken) <= {"x a b"}
    assert least <= len(taken) <= most


def test_groups_draw_by_themselves() -> None:
    """Two equal groups in one chain do not take the same branch, nor do two variants or two chains."""
    groups = [OneOf(ABC[:2], "one_of"), OneOf(ABC[:2], "one_of#2")]
    assert set(accepted(chain(*groups), texts=["x"] * 100)) == {"x a a", "x a b", "x b a", "x b b"}
    branches = set()
    for source in runner(chain(groups[0], variants=2, checks=[]), chain(groups[0], name="d", checks=[])).run(
        records(*["x"] * 100)
    ):
        branches.add(tuple(variant.texts[0][-1] for variant in source.accepted))
    assert len(branches) == 8


# Streams


def drawn(*nodes: Node, **keys: Any) -> list[str]:
    """The numbers that the stream called draws, the first one, has given."""
    return [text.split()[1] for text in accepted(chain(*nodes, **keys), texts=["x"] * 5)]


def test_other_steps_do_not_change_the_draws_of_a_step() -> None:
    alone = drawn(do(Draws()))
    assert len(set(alone)) == 5
    assert drawn(do(Idle()), do(Draws())) == alone
    assert drawn(do(Draws()), do(Idle())) == alone
    assert drawn(do(Draws()), do(Draws(), "draws#2")) == alone
    assert drawn(Maybe([do(Says())], 0.0, "maybe"), Sequential([do(Draws())])) == alone
    assert drawn(OneOf([do(Draws())], "one_of")) == alone
    other = chain(do(Draws()), name="before")
    assert accepted(chain(do(Draws()))) == accepted(other, chain(do(Draws())))[1:]


def test_every_variant_attempt_step_chain_row_column_and_seed_draws_anew() -> None:
    heard: list[list[Text]] = []
    for seed in (1, 2):
        chains = [
            chain(do(Draws()), do(Draws(), "draws#2"), name=name, variants=2, attempts=2, checks=[Refuses()])
            for name in "cd"
        ]
        running = Running(chains, seed=seed, language="en", protector=Protector())
        running.run([Record(name, ("", "")) for name in ("r1", "r2")], lambda draft, _, __: heard.append(draft.texts))
    assert len(heard) == 2 * (2 * 2 * 2 * 2)
    numbers = [number for texts in heard for text in texts for number in text.value.split()]
    assert len(numbers) == 2 * 2 * len(heard)
    assert len(set(numbers)) == len(numbers)


def test_streams_are_numbered_in_the_config(tmp_path: Path) -> None:
    steps = "[blank, {one_of: [blank, {maybe: {p: 0.5, steps: [blank, reverse]}}]}, {one_of: [reverse]}]"
    config = load(write_config(tmp_path, f"{{a: {{steps: {steps}}}, b: {{steps: [blank]}}}}"))
    assert [leaf.stream for leaf in iter_steps(config.chains["a"].nodes)] == [
        "blank",
        "blank#2",
        "blank#3",
        "reverse",
        "reverse#2",
    ]
    assert [node.stream for node in config.chains["a"].nodes if isinstance(node, OneOf)] == ["one_of", "one_of#2"]
    assert [leaf.stream for leaf in iter_steps(config.chains["b"].nodes)] == ["blank"]


def real_chains() -> list[Chain]:
    return [
        chain(
            OneOf([do(RandomSwap(rate=0.3)), do(RandomDelete(rate=0.3))], "one_of"),
            Maybe([do(Punctuation())], 0.5, "maybe"),
            name="noise",
            variants=3,
            attempts=3,
        ),
        chain(SomeOf([do(RandomChar()), do(RandomSwap())], 1, 2, "some_of"), name="more", variants=2, attempts=2),
    ]


@pytest.mark.parametrize(("file", "language"), [(SNIPS, "en"), (CROSSWOZ, "zh")])
def test_rows_do_not_depend_on_their_neighbours(file: Path, language: str) -> None:
    given_records = [
        Record(row["id"], (row["text"],), [[(start, end, kind) for start, end, kind in row["spans"]]])
        for row in rows(file)[:60]
    ]
    together = runner(*real_chains(), language=language)
    expected = {source.record.id: outcome(source) for source in together.run(given_records)}
    assert sum(map(len, expected.values())) > 200
    random.Random(3).shuffle(given_records)
    for size in (1, 7, 60):
        apart = runner(*real_chains(), language=language)
        sources = [source for first in range(0, 60, size) for source in apart.run(given_records[first : first + size])]
        assert {source.record.id: outcome(source) for source in sources} == expected
        assert apart.counts.ledgers == together.counts.ledgers


# Drawing again


@pytest.mark.parametrize("attempts", [1, 2, 5])
def test_attempts_are_all_the_draws_of_a_variant(attempts: int) -> None:
    running = runner(chain(do(Draws()), variants=3, attempts=attempts, checks=[Refuses()]))
    heard: list[tuple[int, str, str]] = []
    running.run(records("a", "b"), lambda draft, _, why: heard.append((draft.number, draft.texts[0].value, why)))
    ledger = running.counts.ledgers["c"]
    assert len(set(heard)) == len(heard) == 6 * attempts
    assert {why for _, _, why in heard} == {"as always"}
    assert (ledger.asked, ledger.written, ledger.redrawn) == (6, 0, 6 * (attempts - 1))
    assert ledger.refused == {"refuses": 6}


def test_a_variant_that_passes_is_not_drawn_again() -> None:
    running = runner(chain(do(Draws()), variants=3, attempts=5))
    running.run(records("a", "b"))
    assert (running.counts.ledgers["c"].written, running.counts.ledgers["c"].redrawn) == (6, 0)


def test_what_draws_nothing_is_not_drawn_again() -> None:
    running = runner(chain(do(Says()), variants=3, attempts=5))
    (source,) = running.run(records("a"))
    ledger = running.counts.ledgers["c"]
    assert [variant.number for variant in source.accepted] == [1]
    assert (ledger.asked, ledger.written, ledger.duplicate, ledger.redrawn) == (3, 1, 2, 0)
    assert running.counts.work["c"]["says"].texts == 3


@pytest.mark.parametrize(
    "node",
    [do(Idle()), Maybe([do(Says())], 0.0, "maybe"), OneOf([do(Idle())], "one_of"), SomeOf(ABC, 0, 0, "some_of")],
    ids=["step", "maybe", "one_of", "some_of"],
)
def test_what_draws_is_drawn_again(node: Node) -> None:
    running = runner(chain(node, attempts=4))
    running.run(records("a"))
    assert (running.counts.ledgers["c"].unchanged, running.counts.ledgers["c"].redrawn) == (1, 3)


def test_variants_come_in_order_of_number() -> None:
    """With two numbers to draw for two variants, half of the rows draw one of them again."""
    running = runner(chain(do(Draws(below=3)), variants=3, attempts=50), chain(do(Draws()), name="d"))
    sources = running.run(records(*["x"] * 50))
    assert running.counts.ledgers["c"].redrawn > 50
    order = [("c", 1), ("c", 2), ("c", 3), ("d", 1)]
    assert [[(one.chain, one.number) for one in source.accepted] for source in sources] == [order] * 50


# Checks


def test_unique_holds_across_the_chains_of_a_row() -> None:
    chains = [
        chain(do(Says()), name="first"),
        chain(do(Says()), name="second"),
        chain(do(Says(word="no")), name="third"),
    ]
    running = runner(*chains)
    sources = running.run(records("x", "x"))
    assert [[one.chain for one in source.accepted] for source in sources] == [["first", "third"]] * 2
    assert running.counts.ledgers["second"].duplicate == 2
    assert accepted(chain(do(Says())), chain(do(Says()), name="d", checks=[Changed()])) == ["one two so"] * 2


def test_a_text_that_comes_back_is_unchanged() -> None:
    running = runner(chain(do(Proposes(edits=[(0, 1, "x")])), do(Proposes(edits=[(0, 1, "o")]))))
    assert running.run(records("one"))[0].accepted == []
    assert running.counts.ledgers["c"].unchanged == 1


def test_the_first_check_that_refuses_is_counted() -> None:
    checks = [Changed(), Unique(), LengthRatio(max=1.5), Refuses()]
    running = runner(chain(do(Says()), checks=checks))
    running.run(records("a", "long enough", ""))
    assert running.counts.ledgers["c"].refused == {"length_ratio": 2, "refuses": 1}


# Several columns


def test_each_column_is_edited_by_itself() -> None:
    running = runner(chain(do(Draws(below=1000)), do(RandomSwap())))
    (source,) = running.run([Record("pair", ("one two", ""))])
    first, second = source.accepted[0].texts
    steps = source.accepted[0].steps
    assert [(step.step, step.column) for step in steps[:2]] == [("draws", 0), ("draws", 1)]
    assert {step.step for step in steps[2:]} == {"random_swap"}
    assert first[-3:] != second[-3:]
    texts = ["one two", ""]
    for _, edits, column, _ in steps:
        texts[column] = apply(texts[column], edits)
    assert texts == [first, second]


def test_spans_of_two_texts() -> None:
    record = Record("pair", ("at Berlin", "at Berlin"), [[], [(3, 9, "city")]])
    running = runner(chain(do(Proposes(edits=[(0, 2, "near")]))))
    (variant,) = running.run([record])[0].accepted
    assert (variant.texts, [*map(list, variant.spans)]) == (("near Berlin",) * 2, [[], [(5, 11, "city")]])
    (variant,) = runner(chain(do(Blank(rate=1.0)))).run([record])[0].accepted
    assert variant.texts == ("_ _", "_ Berlin")


# Failures


@pytest.mark.parametrize(
    "node", [do(Fails()), Maybe([Sequential([do(Fails())])], 1.0, "maybe")], ids=["bare", "nested"]
)
def test_a_step_that_fails_ends_the_run_with_its_name_and_the_row(node: Node) -> None:
    with pytest.raises(RunError, match="step 'fails' failed on row 'r2': ValueError: no bad") as caught:
        runner(chain(do(Says()), node)).run(records("fine", "good", "a bad one", "bad"))
    assert isinstance(caught.value.__cause__, ValueError)


class FailsTogether(Fails):
    """Can do texts one by one only."""

    name: ClassVar = "fails_together"

    def edit_batch(self, texts: Sequence[Text], rngs: Sequence[Rng]) -> list[list[Edit]]:
        if len(texts) > 1:
            raise ValueError("too many")
        return super().edit_batch(texts, rngs)


@pytest.mark.parametrize("drop", [False, True])
def test_a_step_that_fails_on_a_batch_alone_is_not_hushed_up(drop: bool) -> None:
    with pytest.raises(RunError, match="'fails_together' failed on 2 texts, but on none alone: ValueError: too many"):
        runner(chain(do(FailsTogether())), drop=drop).run(records("fine", "good"))


def test_failures_are_dropped_and_counted() -> None:
    running = runner(chain(do(Fails()), variants=2, attempts=3), chain(do(Says()), name="d"), drop=True)
    sources = running.run(records("fine", "bad", "good"))
    ledger = running.counts.ledgers["c"]
    assert [[one.chain for one in source.accepted] for source in sources] == [["c", "c", "d"], ["d"], ["c", "c", "d"]]
    assert (ledger.asked, ledger.written, ledger.failed, ledger.unchanged) == (6, 4, 2, 0)
    assert ledger.failures == ["step 'fails' failed on row 'r1': ValueError: no bad"] * 2


def test_a_failure_names_the_step_that_failed_first() -> None:
    running = runner(chain(do(Fails()), do(Says()), do(Fails(word="ba"), "fails#2")), drop=True)
    assert running.run(records("bad"))[0].accepted == []
    assert running.counts.ledgers["c"].failures == ["step 'fails' failed on row 'r0': ValueError: no bad"]


def test_a_ledger_keeps_the_first_failures() -> None:
    running = runner(chain(do(Fails())), drop=True)
    running.run(records(*["bad"] * (EXAMPLES + 5)))
    ledger = running.counts.ledgers["c"]
    assert (ledger.failed, len(ledger.failures)) == (EXAMPLES + 5, EXAMPLES)
    assert ledger.failures[-1].startswith(f"step 'fails' failed on row 'r{EXAMPLES - 1}'")


def test_a_failure_does_not_change_the_other_rows_of_its_batch() -> None:
    """Neither their texts nor whether they are drawn again."""
    texts = ["fine", "bad", *["good"] * 30]
    given_records = records(*texts)
    chains = [chain(do(Fails()), variants=2, attempts=20)]
    together, apart = runner(*chains, drop=True), runner(*chains, drop=True)
    expected = [outcome(source) for record in given_records for source in apart.run([record])]
    assert [outcome(source) for source in together.run(given_records)] == expected
    assert together.counts.ledgers == apart.counts.ledgers


@pytest.mark.parametrize("drop", [False, True])
@pytest.mark.parametrize(
    ("edits", "wrong"),
    [
        ([(6, 7, "x")], "changes protected text"),
        ([(0, 3, "x"), (2, 4, "y")], "overlaps"),
        ([(0, 99, "x")], "outside"),
        ([(3, 1, "x")], "out of order"),
    ],
)
def test_a_step_that_breaks_the_rules_ends_the_run(edits: list[Edit], wrong: str, drop: bool) -> None:
    running = runner(chain(do(Proposes(edits=edits))), protect=["url"], drop=drop)
    with pytest.raises(RunError, match=f"step 'proposes' broke the rules on row 'r0': .*{wrong}"):
        running.run(records("see https://a.co"))


# Everything at once

STEPS: list[Step] = [
    Draws(below=2),
    Draws(),
    Says(),
    Idle(),
    Fails(),
    Fails(word=" 1"),
    RandomSwap(rate=0.5),
    RandomDelete(rate=0.5),
]


@st.composite
def any_chain(draw: Any, name: str) -> Chain:
    count = 0

    def node(depth: int) -> Node:
        nonlocal count
        count += 1
        kind = draw(st.integers(0, 7)) if depth else 0
        if kind < 4:
            step = draw(st.sampled_from(STEPS))
            return StepNode(step, f"{step.name}#{count}")
        stream = f"group#{count}"
        inside = [node(depth - 1) for _ in range(draw(st.integers(1, 3)))]
        if kind == 4:
            return OneOf(inside, stream)
        if kind == 5:
            least = draw(st.integers(0, len(inside)))
            return SomeOf(inside, least, draw(st.integers(least, len(inside))), stream)
        if kind == 6:
            return Maybe(inside, draw(st.floats(0, 1)), stream)
        return Sequential(inside)

    nodes = [node(2) for _ in range(draw(st.integers(0, 3)))]
    variants: list[int] = draw(st.lists(st.integers(0, 4), min_size=6, max_size=6))
    checks = [*HONEST, *draw(st.lists(st.sampled_from([LengthRatio(max=1.5), Refuses()]), max_size=1))]
    return Chain(name, nodes, checks, draw(st.integers(1, 4)), lambda record: variants[record.number])


@settings(max_examples=150, derandomize=True, database=None)
@given(
    st.tuples(any_chain("a"), any_chain("b")), st.lists(st.sampled_from(["", "x", "one two", "a bad b c"]), max_size=6)
)
def test_every_variant_is_accounted_for(chains: tuple[Chain, Chain], texts: list[str]) -> None:
    running = runner(*chains, drop=True)
    refusals: Counter[str] = Counter()
    given_records = [Record(f"r{number}", (text,), number=number) for number, text in enumerate(texts)]
    sources = running.run(given_records, lambda draft, _, __: refusals.update([draft.chain]))
    for one in chains:
        ledger = running.counts.ledgers[one.name]
        assert ledger.asked == sum(one.asked(record) for record in given_records)
        lost = ledger.unchanged + ledger.duplicate + ledger.failed + sum(ledger.refused.values())
        assert ledger.asked == ledger.written + lost
        assert refusals[one.name] == lost + ledger.redrawn
        assert ledger.redrawn <= (one.attempts - 1) * ledger.asked
        assert len(ledger.failures) == min(ledger.failed, EXAMPLES)
        assert ledger.written == sum(variant.chain == one.name for source in sources for variant in source.accepted)
    for source in sources:
        texts_of_row = [source.record.texts, *(variant.texts for variant in source.accepted)]
        assert len(set(texts_of_row)) == len(texts_of_row)
        order = [(variant.chain, variant.number) for variant in source.accepted]
        assert order == sorted(order)
        for variant in source.accepted:
            text = source.record.texts[0]
            for step in variant.steps:
                text = apply(text, step[1])
            assert (text,) == variant.texts


# Balance

LABELS = {"big": 12, "small": 5, "tiny": 1}


def balanced(folder: Path, goal: str | int, keep: bool, shuffled: int = 0) -> tuple[Counter[str], set[tuple[str, ...]]]:
    """Written rows per label, and which variants were made of which row."""
    lines = [
        json.dumps({"id": f"{label}{number}", "text": f"one two three four {label} {number}", "label": label})
        for label, count in LABELS.items()
        for number in range(count)
    ]
    random.Random(shuffled).shuffle(lines)
    folder.mkdir(exist_ok=True)
    (folder / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    target = folder / "o.jsonl"
    sections = {
        "input": {"path": "in.jsonl", "text": "text", "label": "label", "id": "id"},
        "output": {"path": str(target), "keep_original": keep},
        "chains": {"a": {"variants": {"balance": goal}, "steps": [{"random_char": {"rate": 0.9}}], "attempts": 20}},
        "engine": {"chunk_rows": 4},
    }
    (folder / "config.yaml").write_text(json.dumps(sections), encoding="utf-8")
    done = run(load(folder / "config.yaml"), Options(quiet=True))
    ledger = done.counts.ledgers["a"]
    assert ledger.asked == ledger.written
    written = rows(target)
    return (
        Counter(row["label"] for row in written),
        {(row["aug_source"], row["aug_chain"], row["text"]) for row in written},
    )


@pytest.mark.parametrize(
    ("goal", "keep", "expected"),
    [
        ("max", True, {"big": 12, "small": 12, "tiny": 12}),
        ("max", False, {"big": 12, "small": 12, "tiny": 12}),
        ("median", True, {"big": 12, "small": 5, "tiny": 5}),
        ("median", False, {"big": 5, "small": 5, "tiny": 5}),
        (17, True, {"big": 17, "small": 17, "tiny": 17}),
        (17, False, {"big": 17, "small": 17, "tiny": 17}),
        (3, True, {"big": 12, "small": 5, "tiny": 3}),
        (3, False, {"big": 3, "small": 3, "tiny": 3}),
    ],
)
def test_balance_evens_out_the_labels(tmp_path: Path, goal: str | int, keep: bool, expected: dict[str, int]) -> None:
    labels, made = balanced(tmp_path, goal, keep)
    assert labels == expected
    per_row = Counter(source for source, *_ in made)
    for label in LABELS:
        counts = [per_row[f"{label}{number}"] for number in range(LABELS[label])]
        assert max(counts) - min(counts) <= 1


@pytest.mark.parametrize("keep", [True, False])
def test_balance_does_not_depend_on_the_order_of_rows(tmp_path: Path, keep: bool) -> None:
    assert balanced(tmp_path / "a", 17, keep) == balanced(tmp_path / "b", 17, keep, shuffled=8)
