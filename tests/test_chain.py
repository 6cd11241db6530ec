"""What the runner makes of chains: groups, draws, redraws, failures, pairs of texts, balanced labels."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import pytest

from augcli.chain import Chain, Do, Draft, Ledger, Maybe, Node, OneOf, Runner, Sequential, SomeOf, Source, leaves
from augcli.checks import Changed, LengthRatio, Unique
from augcli.config import load
from augcli.errors import RunError
from augcli.manifest import Options
from augcli.protect import Protector
from augcli.record import Record
from augcli.rng import Rng
from augcli.run import run
from augcli.step import Step
from augcli.steps.words import Blank, RandomDelete, RandomSwap, Reverse
from augcli.text import Edit, Span, Text, apply, move_spans

TEXT = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi"
WORDS = TEXT.split()


class Mark(Step):
    """Put a mark at the end; draws nothing."""

    name: ClassVar = "mark"
    family: ClassVar = "tests"
    mark: str = "."

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        end = len(text.value)
        return [(end, end, self.mark)]


class Number(Step):
    """Put a random number at the end."""

    name: ClassVar = "number"
    family: ClassVar = "tests"
    below: int = 10**6

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        end = len(text.value)
        return [(end, end, f" {rng.below(self.below)}")]


class Fails(Number):
    """Fail on texts that hold a word."""

    name: ClassVar = "fails"
    word: str = "bad"

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        if self.word in text.value:
            raise ValueError("a bad word")
        return super().edit(text, rng)


class Breaks(Step):
    """Delete everything, protected or not."""

    name: ClassVar = "breaks"
    family: ClassVar = "tests"

    def edit(self, text: Text, rng: Rng) -> list[Edit]:
        return [(0, len(text.value), "")]


class Forgets(Step):
    """Forget the last text of a batch."""

    name: ClassVar = "forgets"
    family: ClassVar = "tests"

    def edit_batch(self, texts: Sequence[Text], rngs: Sequence[Rng]) -> list[list[Edit]]:
        return [[] for _ in texts[1:]]


def numbered(*steps: Step) -> list[Node]:
    seen: Counter[str] = Counter()
    nodes: list[Node] = []
    for step in steps:
        seen[step.name] += 1
        nodes.append(Do(step, step.name if seen[step.name] == 1 else f"{step.name}#{seen[step.name]}"))
    return nodes


def chain(nodes: Sequence[Node], *, name: str = "c", variants: int = 1, attempts: int = 1, checks: Any = None) -> Chain:
    return Chain(name, nodes, [Changed(), Unique()] if checks is None else checks, attempts, lambda _: variants)


def runner(*chains: Chain, seed: int = 1, drop: bool = False, language: str = "en", patterns: Any = ()) -> Runner:
    made = Runner(chains, seed=seed, language=language, protector=Protector(patterns), drop_failures=drop)
    made.setup()
    return made


def records(count: int, columns: int = 1) -> list[Record]:
    random = Random(count)
    texts = [[" ".join(random.sample(WORDS, 10)) for _ in range(columns)] for _ in range(count)]
    return [Record(f"r{number}", tuple(row)) for number, row in enumerate(texts)]


def made(sources: Sequence[Source]) -> dict[str | int, list[tuple[str, int, tuple[str, ...], Any]]]:
    return {
        source.record.id: [(one.chain, one.number, one.texts, one.steps) for one in source.accepted]
        for source in sources
    }


def texts(sources: Sequence[Source]) -> list[str]:
    return [one.texts[0] for source in sources for one in source.accepted]


def test_variants_follow_their_edits() -> None:
    sources = runner(chain(numbered(RandomSwap(), Blank(), Number()), variants=3)).run(records(20))
    for source in sources:
        assert [one.number for one in source.accepted] == [1, 2, 3]
        for one in source.accepted:
            assert [step[0] for step in one.steps] == ["random_swap", "blank", "number"]
            text = source.record.texts[0]
            for step in one.steps:
                text = apply(text, step[1])
            assert (text,) == one.texts


def test_steps_that_do_nothing_leave_no_trace() -> None:
    (source,) = runner(chain(numbered(RandomSwap(rate=0.0), Mark()))).run(records(1))
    assert [step[0] for step in source.accepted[0].steps] == ["mark"]


def test_attempts_is_the_number_of_draws() -> None:
    """Never more than `attempts` draws, and a number from 0 or 1 is soon drawn twice."""
    drafts: list[tuple[str, str]] = []

    def hear(draft: Draft, reason: str) -> None:
        drafts.append((draft.key, reason))

    for attempts in (1, 2, 5):
        drafts.clear()
        made_by = runner(chain(numbered(Number(below=2)), variants=4, attempts=attempts))
        made_by.run(records(30), hear)
        ledger = made_by.ledgers["c"]
        refused = [tuple(key.split("\x1f")) for key, _ in drafts]
        assert len(set(refused)) == len(refused)
        assert max(int(attempt) for _, attempt, _ in refused) == attempts
        assert {reason for _, reason in drafts} == {"duplicate"}
        assert ledger.asked == 120 == ledger.written + ledger.duplicate
        assert len(refused) == ledger.duplicate + ledger.redrawn
        assert ledger.written <= 60
        if attempts == 5:
            assert ledger.written > 55


def test_what_draws_nothing_is_not_drawn_again() -> None:
    made_by = runner(chain(numbered(Mark()), variants=3, attempts=5))
    made_by.run(records(4))
    ledger = made_by.ledgers["c"]
    assert (ledger.written, ledger.duplicate, ledger.redrawn) == (4, 8, 0)


def test_variants_that_are_drawn_again_keep_their_place() -> None:
    sources = runner(chain(numbered(Number(below=4)), variants=4, attempts=20)).run(records(20))
    assert all([one.number for one in source.accepted] == [1, 2, 3, 4] for source in sources)


def test_ledger_counts_every_reason() -> None:
    checks = [Changed(), Unique(), LengthRatio(max=1.0)]
    made_by = runner(chain(numbered(Number(below=2)), variants=2, checks=checks), chain([], name="none"))
    made_by.run(records(5))
    assert made_by.ledgers["c"] == Ledger(asked=10, refused=Counter(length_ratio=10))
    assert made_by.ledgers["none"] == Ledger(asked=5, unchanged=5)


@pytest.mark.parametrize("variants", [0, 1])
def test_no_records_and_no_variants(variants: int) -> None:
    made_by = runner(chain(numbered(Number(), RandomSwap()), variants=variants))
    assert made_by.run([]) == []
    assert made_by.ledgers["c"] == Ledger()
    assert texts(made_by.run(records(3 * (1 - variants)))) == []


def marks(*marks: str) -> list[Node]:
    return numbered(*(Mark(mark=mark) for mark in marks))


def drawn_marks(node: Node, count: int = 1200) -> Counter[str]:
    """What a group of marks puts behind the texts."""
    checks: list[Any] = []
    sources = runner(chain([node], checks=checks)).run([Record(f"r{number}", ("-",)) for number in range(count)])
    return Counter(text.removeprefix("-") for text in texts(sources))


GROUPS: dict[str, tuple[Node, dict[str, float]]] = {
    "one_of": (OneOf(marks("a", "b", "c"), "one_of"), dict.fromkeys("abc", 1 / 3)),
    "some_of one": (SomeOf(marks("a", "b", "c"), 1, 1, "some_of"), dict.fromkeys("abc", 1 / 3)),
    "some_of two, in order": (SomeOf(marks("a", "b", "c"), 2, 2, "some_of"), dict.fromkeys(["ab", "ac", "bc"], 1 / 3)),
    "some_of none to two": (
        SomeOf(marks("a", "b"), 0, 2, "some_of"),
        {"": 1 / 3, "a": 1 / 6, "b": 1 / 6, "ab": 1 / 3},
    ),
    "some_of all": (SomeOf(marks("a", "b"), 2, 2, "some_of"), {"ab": 1.0}),
    "maybe": (Maybe(marks("a", "b"), 0.25, "maybe"), {"ab": 0.25, "": 0.75}),
    "maybe never": (Maybe(marks("a"), 0.0, "maybe"), {"": 1.0}),
    "maybe always": (Maybe(marks("a"), 1.0, "maybe"), {"a": 1.0}),
    "sequence": (Sequential(marks("a", "b")), {"ab": 1.0}),
    "nested": (
        OneOf([Sequential(marks("a", "b")), Maybe(marks("c"), 0.5, "maybe")], "one_of"),
        {"ab": 0.5, "c": 0.25, "": 0.25},
    ),
}


@pytest.mark.parametrize("name", GROUPS)
def test_groups_draw_in_proportion(name: str) -> None:
    node, shares = GROUPS[name]
    counts = drawn_marks(node)
    assert counts.keys() == shares.keys()
    for drawn, share in shares.items():
        deviation = (1200 * share * (1 - share)) ** 0.5
        assert abs(counts[drawn] - 1200 * share) <= 4 * deviation


def test_leaves_are_all_steps_in_order() -> None:
    nodes = [*marks("a"), *(node for node, _ in GROUPS.values())]
    assert "".join(do.step.mark for do in leaves(nodes) if isinstance(do.step, Mark)).startswith("aabcabcabcab")


def everything(name: str = "c") -> Chain:
    group = OneOf(numbered(RandomSwap(rate=0.3), RandomDelete(rate=0.2), Blank()), "one_of")
    some = SomeOf(numbered(Number(below=3), Reverse()), 0, 2, "some_of")
    last = Maybe([Do(RandomSwap(), "random_swap#2")], 0.5, "maybe")
    return chain([group, some, last], name=name, variants=3, attempts=3)


def test_same_again_whatever_the_order_and_the_chunks() -> None:
    rows = records(60)
    whole = made(runner(everything(), everything("d")).run(rows))
    assert made(runner(everything(), everything("d")).run(rows)) == whole
    Random(5).shuffle(rows)
    for size in (1, 7, 60):
        parts = runner(everything(), everything("d"))
        cut: dict[Any, Any] = {}
        for first in range(0, 60, size):
            cut |= made(parts.run(rows[first : first + size]))
        assert cut == whole
        assert parts.ledgers["c"].asked == 180


@pytest.mark.parametrize("other", ["seed", "chain", "id", "variant"])
def test_every_part_of_the_key_changes_the_draws(other: str) -> None:
    first, last = ("r0", "r1") if other == "id" else ("r0", "r0")
    one = runner(chain(numbered(Number()))).run([Record(first, (TEXT,))])
    if other == "variant":
        (source,) = runner(chain(numbered(Number()), variants=2)).run([Record(first, (TEXT,))])
        assert source.accepted[0].texts != source.accepted[1].texts
        assert source.accepted[0].texts == one[0].accepted[0].texts
        return
    name = "other" if other == "chain" else "c"
    two = runner(chain(numbered(Number()), name=name), seed=2 if other == "seed" else 1).run([Record(last, (TEXT,))])
    assert texts(one) != texts(two)


def test_ids_may_hold_separators() -> None:
    """The parts of a key must not run into each other."""
    ids = ["1\x1f1", "1", "\x1f1", ""]
    sources = runner(chain(numbered(Number(below=10**12)), variants=2)).run([Record(one, ("x",)) for one in ids])
    assert len(set(texts(sources))) == 8


def test_an_id_draws_alike_as_number_and_as_text() -> None:
    (number,), (text,) = (runner(chain(numbered(Number()))).run([Record(one, ("x",))]) for one in (1, "1"))
    assert number.accepted[0].texts == text.accepted[0].texts


@pytest.mark.parametrize(
    "before",
    [numbered(Blank(rate=0.0)), [OneOf(numbered(RandomSwap(rate=0.0), Reverse())[:1], "one_of")], [Sequential([])]],
)
def test_a_step_before_another_does_not_change_its_draws(before: list[Node]) -> None:
    rows = records(30)
    alone = runner(chain(numbered(RandomDelete(rate=0.3)))).run(rows)
    second = runner(chain([*before, *numbered(RandomDelete(rate=0.3))])).run(rows)
    assert made(alone) == made(second)


def test_a_chain_before_another_does_not_change_its_draws() -> None:
    rows = records(30)
    alone = runner(chain(numbered(RandomDelete(rate=0.3)))).run(rows)
    second = runner(chain(numbered(Number()), name="first"), chain(numbered(RandomDelete(rate=0.3)))).run(rows)
    assert texts(alone) == [one.texts[0] for source in second for one in source.accepted if one.chain == "c"]


def test_equal_steps_of_a_chain_draw_differently() -> None:
    sources = runner(chain(numbered(Number(), Number()))).run(records(20))
    drawn = [text.split()[-2:] for text in texts(sources)]
    assert all(first != second for first, second in drawn)


def test_unique_in_all_chains_of_a_row() -> None:
    same, other = chain(numbered(Mark())), chain(numbered(Mark()), name="d")
    made_by = runner(same, other)
    made_by.run(records(5))
    assert made_by.ledgers == {"c": Ledger(asked=5, written=5), "d": Ledger(asked=5, duplicate=5)}
    off = runner(same, chain(numbered(Mark()), name="d", checks=[Changed()]))
    assert len(texts(off.run(records(5)))) == 10


def test_pairs_are_edited_each_by_itself() -> None:
    rows = records(20, columns=2)
    sources = runner(chain(numbered(RandomSwap(), Number()))).run(rows)
    for source in sources:
        (one,) = source.accepted
        left, right = source.record.texts
        for name, edits, column in one.steps:  # type: ignore[misc]
            assert name in ("random_swap", "number")
            left, right = (apply(left, edits), right) if column == 0 else (left, apply(right, edits))
        assert (left, right) == one.texts
        assert left.split()[-1] != right.split()[-1]
        assert {step[2] for step in one.steps if len(step) == 3} == {0, 1}


def test_equal_texts_of_a_pair_draw_differently() -> None:
    (source,) = runner(chain(numbered(Number()))).run([Record("r", ("same", "same"))])
    assert source.accepted[0].texts[0] != source.accepted[0].texts[1]


def test_a_pair_with_one_changed_text_is_a_variant() -> None:
    (source,) = runner(chain(numbered(RandomSwap()))).run([Record("r", ("one", "one two"))])
    assert source.accepted[0].texts == ("one", "two one")


def test_spans_move_with_the_text_and_are_protected() -> None:
    spans: list[Span] = [(6, 10, "letter"), (17, 22, "letter")]
    record = Record("r", ("alpha beta gamma delta epsilon",), spans)
    for source in runner(chain(numbered(RandomDelete(rate=0.5), Number()), variants=5, attempts=9)).run([record]):
        for one in source.accepted:
            assert [one.texts[0][start:end] for start, end, _ in one.spans] == ["beta", "delta"]
            moved: Sequence[Span] = spans
            for step in one.steps:
                moved = move_spans(moved, step[1])
            assert one.spans == moved


def test_spans_that_are_free_may_be_lost() -> None:
    free = Runner([chain(numbered(Breaks()))], seed=1, language="en", protector=Protector((), (), False))
    (source,) = free.run([Record("r", ("one two",), [(0, 3, "n")])])
    assert (source.accepted[0].texts, source.accepted[0].spans) == (("",), [])


def test_a_failing_step_names_row_and_step() -> None:
    rows = [*records(3), Record("bad row", ("a bad text",))]
    failing = runner(chain(numbered(Fails())))
    with pytest.raises(RunError, match="step 'fails' failed on row 'bad row': ValueError: a bad word"):
        failing.run(rows)


def test_failures_are_dropped_and_counted() -> None:
    rows = [*records(30), Record("bad row", ("a bad text",))]
    dropping = runner(chain(numbered(Fails(below=2), Number()), variants=3, attempts=2), drop=True)
    sources = dropping.run(rows)
    ledger = dropping.ledgers["c"]
    assert (ledger.asked, ledger.failed, ledger.written + ledger.duplicate) == (93, 3, 90)
    assert ledger.failures == ["step 'fails' failed on row 'bad row': ValueError: a bad word"] * 3
    assert sources[-1].accepted == []


def test_a_failure_does_not_change_the_other_rows() -> None:
    """Also not whether they are drawn again."""
    rows = records(40)
    bad = Record("bad row", ("a bad text",))
    made_of = [chain(numbered(Fails(below=2)), variants=2, attempts=4)]
    alone = made(runner(*made_of, drop=True).run(rows))
    for place in (0, 20, 40):
        beside = made(runner(*made_of, drop=True).run([*rows[:place], bad, *rows[place:]]))
        assert {row: variants for row, variants in beside.items() if row != "bad row"} == alone


@pytest.mark.parametrize("drop", [False, True])
def test_a_step_that_breaks_the_rules_stops_the_run(drop: bool) -> None:
    broken = runner(chain(numbered(Breaks())), drop=drop, patterns=["number"])
    with pytest.raises(
        RunError, match=r"step 'breaks' broke the rules on row 'r': edit \(0, 8, ''\) changes protected"
    ):
        broken.run([Record("r", ("have 5 x",))])


def test_a_step_that_loses_texts_stops_the_run() -> None:
    with pytest.raises(RunError, match="forgets"):
        runner(chain(numbered(Forgets()))).run(records(3))


def balanced(folder: Path, balance: Any, *, keep: bool = True, attempts: int = 9, seed: int = 1) -> Counter[str]:
    """Rows of each label after a run over 12, 5, 3 and 1 of them."""
    counts = {"many": 12, "some": 5, "few": 3, "one": 1}
    labels = [label for label, count in counts.items() for _ in range(count)]
    rows = [{"id": f"r{n}", "text": " ".join(WORDS[n % 5 :]), "label": label} for n, label in enumerate(labels)]
    (folder / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    recipe = {
        "seed": seed,
        "input": {"path": "in.jsonl", "text": "text", "label": "label", "id": "id"},
        "output": {"path": str(folder / "out.jsonl"), "keep_original": keep},
        "chains": {"c": {"variants": {"balance": balance}, "steps": ["random_swap"], "attempts": attempts}},
    }
    (folder / "c.yaml").write_text(json.dumps(recipe))
    run(load(folder / "c.yaml"), Options(overwrite=True, quiet=True))
    written = [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]
    per_row = Counter((row["label"], row["aug_source"]) for row in written)
    for label, count in counts.items():
        made_of = [per_row[key] for key in per_row if key[0] == label]
        assert max(made_of) - min([*made_of, *[0] * (len(made_of) < count)]) <= 1, "variants are spread evenly"
    return Counter(row["label"] for row in written)


BALANCES: list[tuple[Any, bool, list[int]]] = [
    ("max", True, [12, 12, 12, 12]),
    ("max", False, [12, 12, 12, 12]),
    ("median", True, [12, 5, 4, 4]),
    ("median", False, [4, 4, 4, 4]),
    (7, True, [12, 7, 7, 7]),
    (7, False, [7, 7, 7, 7]),
    (1, True, [12, 5, 3, 1]),
    (20, True, [20, 20, 20, 20]),
]


@pytest.mark.parametrize(("balance", "keep", "expected"), BALANCES)
def test_balance(balance: Any, keep: bool, expected: list[int], tmp_path: Path) -> None:
    counts = balanced(tmp_path, balance, keep=keep)
    assert [counts[label] for label in ("many", "some", "few", "one")] == expected


def test_balance_gives_the_rest_to_rows_that_the_seed_draws(tmp_path: Path) -> None:
    results = []
    for seed in range(6):
        balanced(tmp_path, 7, seed=seed)
        written = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
        results.append(tuple(row["aug_source"] for row in written if row["aug_chain"] and row["label"] == "some"))
    assert len(set(results)) > 1
    assert all(len(set(result)) == 2 for result in results)
