from __future__ import annotations

import pickle
from pathlib import Path
from random import Random

import pytest

from augcli.steps import partners
from augcli.steps.partners import PartnerSample, load
from augcli.text.record import Record

ROWS = [Record(f"r{number}", (f"text {number}",), label="abc"[number % 3]) for number in range(200)]


def sample(rows: list[Record], *, labelled: bool = True) -> PartnerSample:
    made = PartnerSample(7, labelled=labelled)
    for row in rows:
        made.add(row)
    return made


def test_a_sample_does_not_depend_on_order_or_parts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(partners, "MOST", 20)
    expected = sample(ROWS).dump()
    shuffled = Random(3).sample(ROWS, len(ROWS))
    parts = [sample(shuffled[first : first + 30]) for first in range(0, len(ROWS), 30)]
    for part in parts[1:]:
        parts[0].merge(part)
    assert parts[0].dump() == expected
    (tmp_path / "file").write_bytes(expected)
    rows = load(tmp_path / "file")
    assert len({row.id for row in rows}) == 20
    assert all(row.text == f"text {str(row.id)[1:]}" for row in rows)


def test_a_sample_travels_between_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partners, "MOST", 20)
    first, second = (pickle.loads(pickle.dumps(sample(some))) for some in (ROWS[:90], ROWS[90:]))
    first.merge(second)
    for row in ROWS:
        first.add(row)
    assert first.dump() == sample(ROWS).dump()


def test_another_seed_draws_other_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partners, "MOST", 20)
    other = PartnerSample(8, labelled=True)
    for row in ROWS:
        other.add(row)
    assert other.dump() != sample(ROWS).dump()


def test_rows_without_words_or_labels_are_left_out() -> None:
    rows = [
        Record("a", ("text",), label=None),
        Record("b", ("text",), label="N/A"),
        Record("c", ("text",), label=[]),
        Record("d", ("...",), label="x"),
        Record("e", ("text",), label=["y", "", "x"]),
    ]
    assert [line.split(b",")[0] for line in sample(rows).dump().splitlines()] == [b'["e"']
    assert sample(rows, labelled=False).dump().count(b'"text",""') == 3


def test_of_rows_that_say_the_same_the_first_is_kept() -> None:
    rows = [Record(f"file:{number}", ("text",), label="x", key="digest") for number in range(3)]
    assert sample(rows).dump() == b'["file:0","digest","text","x"]\n'
