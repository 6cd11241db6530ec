"""Labels that are evened out: variants that are rejected are made up for from other rows of the label."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augcli.commands.verify import verify
from augcli.report.counts import Counts
from augcli.run import run as running
from tests.support.running import run_in

LONG = "one two three four five six seven eight nine ten number"
ROWS = [
    *({"text": f"{LONG} {number}", "label": "many"} for number in range(30)),
    *({"text": f"{LONG} few {number}", "label": "few"} for number in range(7)),
    *({"text": f"word{number}", "label": "few"} for number in range(5)),
]
"""`random_swap` finds nothing to do in the last five."""
HALF = [{"maybe": {"p": 0.5, "steps": [{"random_swap": {"rate": 0.2}}]}}]


def balanced(goal: str | int, attempts: int, steps: list[Any] | None = None) -> dict[str, Any]:
    return {"variants": {"balance": goal}, "attempts": attempts, "steps": steps or [{"random_swap": {"rate": 0.2}}]}


def run_over(folder: Path, rows: list[dict[str, Any]], chains: dict[str, Any], **sections: Any) -> tuple[Path, Counts]:
    (folder / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    target, outcome = run_in(folder, {"path": "in.jsonl", "label": "label"}, "o.jsonl", chains=chains, **sections)
    return target, outcome.counts


@pytest.mark.parametrize(("attempts", "few"), [(1, 12), (2, 18), (3, 18)])
def test_other_rows_make_up_for_those_that_fail(tmp_path: Path, attempts: int, few: int) -> None:
    target, counts = run_over(tmp_path, ROWS, {"even": balanced("max", attempts)})
    assert counts.tally.balance["even"]["few"] == [18, few]
    assert counts.tally.labels == {"many": 30, "few": 12 + few}
    verify(target)


def test_a_round_requests_no_more_of_a_row_than_the_first(tmp_path: Path) -> None:
    rows = [{"text": LONG, "label": "a"}, *({"text": f"word{number}", "label": "a"} for number in range(9))]
    target, counts = run_over(tmp_path, rows, {"even": balanced(30, 3)})
    assert counts.tally.balance["even"]["a"] == [20, 6]
    ledger = counts.ledgers["even"]
    assert (ledger.asked, ledger.written, ledger.unchanged) == (24, 6, 18)
    written = [json.loads(line)["aug_chain"] for line in target.read_bytes().splitlines()]
    assert [chain for chain in written if chain] == [f"even.{number}" for number in range(1, 7)]


@pytest.mark.slow
@settings(max_examples=15)
@given(st.permutations(ROWS), st.integers(1, 9), st.integers(1, 3))
def test_order_and_chunks_of_the_rows_change_nothing(
    rows: list[dict[str, Any]], chunk_rows: int, attempts: int
) -> None:
    chains = {"a": balanced("max", attempts, HALF), "b": {"steps": HALF}, "c": balanced(33, 3, HALF)}
    written = []
    for listed, size in ((ROWS, 100), (rows, chunk_rows)):
        with TemporaryDirectory() as name:
            target, counts = run_over(Path(name), listed, chains, engine={"chunk_rows": size})
            verify(target)
            lines = sorted(target.read_bytes().splitlines())
            written.append((lines, counts.tally.balance, counts.ledgers["c"].asked))
            chained = [json.loads(line)["aug_chain"] for line in target.read_bytes().splitlines()]
            runs = "".join(chain[:1] or "|" for chain in chained).split("|")
            assert all(list(run) == sorted(run) for run in runs)
    assert written[0] == written[1]


@pytest.mark.parametrize("passes", [1, 2, 3])
@pytest.mark.parametrize("finished", [0, 2, 5])
def test_a_run_that_is_interrupted_makes_up_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, passes: int, finished: int
) -> None:
    chains = {"a": balanced("max", 3, HALF) | {"checks": [{"unique": {"scope": "output"}}]}, "b": balanced(33, 3, HALF)}
    engine = {"chunk_rows": 5, "workers": 1}
    expected = run_over(tmp_path, ROWS, chains, engine=engine)[0].read_bytes()
    begun: Counter[str] = Counter()
    counts_of = running._counts

    def failing(*arguments: Any) -> Iterator[Counts]:
        begun["passes"] += 1
        for done, counts in enumerate(counts_of(*arguments)):
            if begun["passes"] == passes and done == finished:
                raise KeyboardInterrupt
            yield counts

    monkeypatch.setattr(running, "_counts", failing)
    with pytest.raises(KeyboardInterrupt):
        run_over(tmp_path, ROWS, chains, engine=engine)
    target, _ = run_over(tmp_path, ROWS, chains, engine=engine)
    assert target.read_bytes() == expected
    verify(target)
