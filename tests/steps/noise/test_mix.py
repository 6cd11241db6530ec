from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from augcli.errors import ResourceError
from augcli.steps.noise.mix import Mix
from augcli.steps.partners import PartnerSample
from augcli.steps.step import StepResult
from augcli.text.edits import Edit, apply, move
from augcli.text.protect import PATTERNS, Protector
from augcli.text.record import Record
from augcli.text.rng import Rng
from augcli.text.text import Text

WORDS = st.lists(st.sampled_from("abcdefghij"), min_size=2, max_size=12)


def mix(folder: Path, rows: Mapping[str, Any] | list[str], **parameters: Any) -> Mix:
    """The step with partners: texts with labels, or without."""
    labelled = rows if isinstance(rows, Mapping) else dict.fromkeys(rows)
    sample = PartnerSample(1, labelled=False)
    for number, (text, label) in enumerate(labelled.items()):
        sample.add(Record(f"r{number}", (text,), label=label))
    file = folder / "partners.jsonl"
    file.write_bytes(sample.dump())
    step = Mix.model_validate({"partner": "same_label" if isinstance(rows, Mapping) else "any", **parameters})
    return step.with_partners(file)


def made(step: Mix, text: Text | str, draws: int = 30) -> set[str]:
    """The texts that come of some draws."""
    given = text if isinstance(text, Text) else Text(text)
    edits = [step.edit(given, Rng(str(draw))) for draw in range(draws)]
    return {apply(given.value, some) for some in edits if some}


def refused(edits: list[Edit]) -> str:
    """Why there are none."""
    assert not edits
    assert isinstance(edits, StepResult)
    return edits.refused


def test_splices_have_the_head_of_one_and_the_tail_of_the_other(tmp_path: Path) -> None:
    step = mix(tmp_path, ["b1 b2, b3 b4!"])
    assert made(step, "a1 a2. A3 a4") == {"a1 a2. b3 b4!", "b1 b2, A3 a4"}


def test_joined_texts_stand_one_after_the_other(tmp_path: Path) -> None:
    step = mix(tmp_path, [" And this?\n"], method="join")
    assert made(step, " That is it. \t") == {" That is it. And this? \t", " And this? That is it. \t"}


def test_marks_that_end_a_sentence_are_not_doubled(tmp_path: Path) -> None:
    step = mix(tmp_path, ["... no way!"], method="join")
    assert made(step, "Well.") == {"Well. no way!", "... no way! Well."}
    assert made(step, "?! What") == {"... no way ?! What", "?! What ... no way!"}
    assert made(mix(tmp_path, [".NET is one"], method="join"), "Well.") == {"Well. .NET is one", ".NET is one Well."}


@given(WORDS, WORDS, st.integers())
def test_cuts_lie_behind_30_to_70_percent_of_the_words(
    tmp_path_factory: pytest.TempPathFactory, mine: list[str], others: list[str], draw: int
) -> None:
    value, other = " ".join(mine), " ".join(others).upper()
    edits = mix(tmp_path_factory.getbasetemp(), [other]).edit(Text(value), Rng(str(draw)))
    [(start, end, new)] = edits
    assert (start == 0) != (end == len(value))
    kept, come = len((value[:start] + value[end:]).split()) / len(mine), len(new.split()) / len(others)
    assert 0.3 - 1e-9 <= kept <= 0.7 + 1e-9
    assert 0.3 - 1e-9 <= come <= 0.7 + 1e-9
    assert new.strip() in other
    assert apply(value, edits).split() == value[:start].split() + new.split() + value[end:].split()


@given(st.text(min_size=1, max_size=40), st.text(min_size=1, max_size=40), st.sampled_from(["splice", "join"]))
def test_any_two_texts_mix_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, value: str, other: str, method: str
) -> None:
    step = mix(tmp_path_factory.getbasetemp(), [other], method=method)
    edits = step.edit(Text(value), Rng(value))
    if not edits:
        assert refused(edits)
        return
    [(start, end, new)] = edits
    assert new.strip() in other
    assert value[start:end] != new
    assert apply(value, edits).strip() not in (value.strip(), other.strip())


@pytest.mark.parametrize("method", ["splice", "join"])
def test_protected_text_stays(tmp_path: Path, method: str) -> None:
    step = mix(tmp_path, ["nobody ever saw people like them there before"], method=method)
    protector = Protector(list(PATTERNS), ["parcel"])
    for value in ("It was sent to www.a.org by parcel on 3 May", "I paid 5", "the parcel", "一 parcel 二"):
        text = Text(value, protected=protector.intervals(value))
        for draw in range(50):
            edits = step.edit(text, Rng(str(draw)))
            assert all(move(start, end, edits) for start, end in text.protected)


def test_a_text_whose_every_part_is_protected_is_refused(tmp_path: Path) -> None:
    step = mix(tmp_path, ["some other words"])
    text = Text("one two three", protected=[(0, 3), (8, 13)])
    assert refused(step.edit(text, Rng("draw"))) == "no place to splice"
    assert refused(step.edit(Text("word"), Rng("draw"))) == "no place to splice"


def test_only_the_part_without_protected_text_is_replaced(tmp_path: Path) -> None:
    step = mix(tmp_path, ["b1 b2"])
    assert made(step, Text("a1 a2", protected=[(0, 2)])) == {"a1 b2"}


def test_numbers_keep_what_belongs_to_them(tmp_path: Path) -> None:
    step = mix(tmp_path, ["million people"], method="join")
    value = "I saw 5"
    assert made(step, Text(value, protected=Protector(["number"]).intervals(value))) == {"million people I saw 5"}


def test_partners_have_the_same_labels(tmp_path: Path) -> None:
    rows = {"a1 a2": "x", "b1 b2": "x", "c1 c2": "y", "d1 d2": ["y", "x"], "e1 e2": ["x", "y"], "f1 f2": None}
    step = mix(tmp_path, rows)
    assert made(step, Text("a1 a2", label="x")) == {"a1 b2", "b1 a2"}
    assert made(step, Text("d1 d2", label="x, y")) == {"d1 e2", "e1 d2"}
    assert refused(step.edit(Text("c1 c2", label="y"), Rng("draw"))) == "no other row to mix with"
    assert refused(step.edit(Text("f1 f2"), Rng("draw"))) == "no other row to mix with"
    anything = mix(tmp_path, rows, partner="any")
    assert {"f1 a2", "f1 c2", "f1 e2"} < made(anything, Text("f1 f2", label=""), 200)


def test_no_partner_says_the_same_or_is_the_row_itself(tmp_path: Path) -> None:
    step = mix(tmp_path, ["a1 a2", "b1 b2"])
    for draw in range(20):
        assert step.edit(Text("a1 a2"), Rng(str(draw)))[0][2].strip() in ("b1", "b2")
        assert step.edit(Text("A1 a2"), Rng(str(draw), row="r0"))[0][2].strip() in ("b1", "b2")


def test_the_note_names_the_partner(tmp_path: Path) -> None:
    edits = mix(tmp_path, ["b1 b2"]).edit(Text("a1 a2"), Rng("draw"))
    assert isinstance(edits, StepResult)
    assert edits.note == {"with": "r0"}


@pytest.mark.parametrize(
    ("language", "value", "other", "expected"),
    [
        ("zh", "酒店很好，早餐不错。", "房间干净，服务热情。", {"酒店很好，服务热情。", "房间干净，早餐不错。"}),
        ("ja", "今日は天気です。", "明日は仕事です。", {"今日は仕事です。", "明日は天気です。"}),
        ("th", "ฉันกินข้าว", "เขาดื่มน้ำ", {"ฉันกินน้ำ", "เขาดื่มข้าว"}),
    ],
)
def test_languages_without_blanks(tmp_path: Path, language: str, value: str, other: str, expected: set[str]) -> None:
    step = mix(tmp_path, [other])
    assert expected <= made(step, Text(value, language), 200)
    joined = mix(tmp_path, [other], method="join")
    assert made(joined, Text(value, language)) == {value + other, other + value}


def test_latin_words_among_chinese_ones_stay_whole(tmp_path: Path) -> None:
    splice = mix(tmp_path, ["用https://a.co/b-c/d打开app"])
    for text in made(splice, Text("我想买iPhone手机，在Taobao上", "zh"), 300):
        assert ("https" in text) == ("https://a.co/b-c/d" in text)
        assert ("iPh" in text) == ("iPhone" in text)
    join = mix(tmp_path, ["app好用"], method="join")
    assert made(join, Text("我用iPhone", "zh")) == {"我用iPhone app好用", "app好用我用iPhone"}


def test_without_a_run_there_are_no_partners() -> None:
    with pytest.raises(ResourceError, match="mix puts rows of an input together"):
        Mix(partner="any").edit(Text("one two three"), Rng("draw"))
