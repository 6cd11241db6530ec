from __future__ import annotations

import pickle
from pathlib import Path
from random import Random

import pytest

from augcli.steps import mentions
from augcli.steps.mentions import Mention, MentionSample, load
from augcli.text.record import Record

ROWS = [
    Record(number, (f"name{number % 90:02} met city{number % 40:02}",), [[(0, 6, "PER"), (11, 17, "LOC")]])
    for number in range(10, 200)
]


def sample(rows: list[Record], seed: int = 7) -> MentionSample:
    made = MentionSample(seed)
    for row in rows:
        made.add(row)
    return made


@pytest.mark.parametrize("most", [5, 10_000])
def test_a_sample_does_not_depend_on_order_or_parts(most: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(mentions, "MOST", most)
    expected = sample(ROWS).dump()
    shuffled = Random(3).sample(ROWS, len(ROWS))
    parts = [pickle.loads(pickle.dumps(sample(shuffled[first : first + 30]))) for first in range(0, len(ROWS), 30)]
    for part in parts[1:]:
        parts[0].merge(part)
    assert parts[0].dump() == expected
    assert (sample(ROWS, 8).dump() == expected) == (most > 100)
    (tmp_path / "file").write_bytes(expected)
    found = load(tmp_path / "file")
    assert {kind: len(said) for kind, said in found.items()} == {"LOC": min(most, 40), "PER": min(most, 90)}
    for mention in found["LOC"]:
        assert mention.times == sum(mention.text == row.texts[0][11:17] for row in ROWS)


def test_mentions_know_their_tokens() -> None:
    record = Record(1, ("to 北京南站",), [[(3, 7, "LOC")]], tokens=[(0, 2), (3, 5), (5, 7)])
    made = sample([record])
    assert made.dump() == '["LOC",[["北京南站",["北京","南站"],1]]]\n'.encode()


def test_what_no_text_can_take_in_is_left_out_but_its_type_is_known() -> None:
    text = "on two\nlines, with blank , ???"
    made = sample([Record(1, (text,), [[(3, 12, "A"), (14, 25, "B"), (27, 30, "C")]])])
    assert made.types == ["A", "B", "C"]
    assert made.dump() == b'["A",[]]\n["B",[]]\n["C",[]]\n'


def test_load_gives_what_was_added(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(sample([Record(1, ("Ann and Ann",), [[(0, 3, "P"), (8, 11, "P")]])]).dump())
    assert load(tmp_path / "file") == {"P": [Mention("Ann", (), 2)]}
