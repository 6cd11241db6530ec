"""Opposites, negations and numbers: what changes, how it reads, and what stays because a rule is not sure."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from augcli.config.load import load
from augcli.errors import ConfigError, ResourceError
from augcli.steps.meaning.antonym import Antonym
from augcli.steps.meaning.negate import Negate
from augcli.steps.meaning.number_change import NumberChange
from augcli.steps.step import Step
from augcli.text.edits import apply
from augcli.text.rng import Rng
from augcli.text.text import Text


def outputs(step: Step, value: str, language: str = "en", keys: int = 12) -> set[str]:
    text = Text(value, language)
    return {apply(value, step.edit(text, Rng(str(key)))) for key in range(keys)}


@pytest.mark.parametrize(
    ("value", "negated"),
    [
        ("The food is good.", "The food is not good."),
        ("He likes music.", "He does not like music."),
        ("She went home early.", "She did not go home early."),
        ("I want a table.", "I do not want a table."),
        ("The keyboard feels cheap.", "The keyboard does not feel cheap."),
        ("You can pay here.", "You cannot pay here."),
        ("We will come back.", "We will not come back."),
        ("I'm happy with it.", "I'm not happy with it."),
        ("It's a good film.", "It's not a good film."),
        ("Add this tune to my list", "Do not add this tune to my list"),
        ("add it", "do not add it"),
        ("Is the food good?", "Is the food good?"),
        ("What a day it was", "What a day it was"),
        ("I already know it.", "I already know it."),
        ("The best food", "The best food"),
    ],
)
def test_english_negations_put_in(value: str, negated: str) -> None:
    assert outputs(Negate(mode="add"), value) == {negated}


@pytest.mark.parametrize(
    ("value", "affirmed"),
    [
        ("The food is not good.", "The food is good."),
        ("He doesn't like music.", "He likes music."),
        ("She did not go home.", "She went home."),
        ("I don't want a table.", "I want a table."),
        ("It isn't cheap.", "It is cheap."),
        ("You cannot pay here.", "You can pay here."),
        ("We WON’T come back.", "We WILL come back."),
        ("I'm not happy.", "I'm happy."),
        ("Do not add this tune", "Add this tune"),
        ("Isn't it nice?", "Is it nice?"),
        ("It is late - why can't I pay?", "It is late - why can't I pay?"),
        ("It is good, isn't it?", "It is good, isn't it?"),
        ("Don't you like music?", "Don't you like music?"),
        ("I don't like any of them.", "I don't like any of them."),
        ("It is not only cheap.", "It is not only cheap."),
        ("It could not have been better.", "It could not have been better."),
        ("I never said it is not good.", "I never said it is not good."),
    ],
)
def test_english_negations_taken_out(value: str, affirmed: str) -> None:
    assert outputs(Negate(mode="remove"), value) == {affirmed}


@pytest.mark.parametrize(
    ("value", "other"),
    [
        ("这是我的书。", "这不是我的书。"),
        ("我喜欢音乐。", "我不喜欢音乐。"),
        ("我不喜欢音乐。", "我喜欢音乐。"),
        ("附近有餐馆。", "附近没有餐馆。"),
        ("附近没有餐馆。", "附近有餐馆。"),
        ("这不是我的书。", "这是我的书。"),
        ("你喜欢音乐吗？", "你喜欢音乐吗？"),
        ("味道很好。", "味道很好。"),
        ("请帮我推荐餐馆。", "请帮我推荐餐馆。"),
        ("他从来不喜欢音乐。", "他从来不喜欢音乐。"),
        ("只有你喜欢他。", "只有你喜欢他。"),
    ],
)
def test_chinese_negations(value: str, other: str) -> None:
    assert outputs(Negate(), value, "zh") == {other}


def test_one_sentence_of_several_changes() -> None:
    assert outputs(Negate(), "It is good. It was not cheap.", keys=30) == {
        "It is not good. It was not cheap.",
        "It is good. It was cheap.",
    }


@pytest.mark.parametrize(
    ("value", "language", "after"),
    [
        ("A boring film.", "en", "An interesting film."),
        ("She loved the film.", "en", "She hated the film."),
        ("The room was Clean.", "en", "The room was Clean."),
        ("It was not clean.", "en", "It was not clean."),
        ("He speaks loudly.", "en", "He speaks quietly."),
        ("这家店很便宜", "zh", "这家店很昂贵"),
        ("我不喜欢它", "zh", "我不喜欢它"),
    ],
)
def test_opposites(value: str, language: str, after: str) -> None:
    assert outputs(Antonym(rate=1.0), value, language) == {after}


def test_no_opposite_negates() -> None:
    assert outputs(Antonym(rate=1.0), "We always eat there.") == {"We always eat there."}


def test_a_list_of_opposites_of_your_own(tmp_path: Path) -> None:
    (tmp_path / "own.tsv").write_text("# mine\nn\tcat\tdog\n", "utf-8")
    step = Antonym(rate=1.0, lexicon=str(tmp_path / "own.tsv"))
    assert outputs(step, "The cats saw a good dog.") == {"The dogs saw a good cat."}
    (tmp_path / "bad.tsv").write_text("cat\tdog\n", "utf-8")
    with pytest.raises(ResourceError, match="part of speech, word, opposite"):
        Antonym(lexicon=str(tmp_path / "bad.tsv")).setup("en")


@pytest.mark.parametrize(
    ("value", "language", "form"),
    [
        ("It costs $1,299.50 now", "en", r"It costs \$[1-9],\d{3}\.\d[1-9]?0? now"),
        ("for 12 people", "en", r"for [1-9][1-9] people"),
        ("for 3 people", "en", r"for [2-9] people"),
        ("over 4000 rows", "en", r"over [1-9]000 rows"),
        ("0.5 kg of it", "en", r"0\.[1-9] kg of it"),
        ("a share of 35 %, or 3.5% then", "en", r"a share of 35 %, or [2-9]\.[1-9]% then"),
        ("at 12:30 sharp", "en", r"at (1\d|2[0-3]):(00|30) sharp"),
        ("at 10 pm sharp", "en", r"at 1[0-2] pm sharp"),
        ("at 9:45 am sharp", "en", r"at [1-9]:(00|15|30|45) am sharp"),
        ("一共20元", "zh", r"一共[1-9]0元"),
        ("买了3斤苹果", "zh", r"买了[2-9]斤苹果"),
    ],
)
def test_numbers_keep_size_format_and_unit(value: str, language: str, form: str) -> None:
    made = outputs(NumberChange(), value, language, 60)
    assert len(made) > 1
    assert [one for one in made if not re.fullmatch(form, one)] == []


@pytest.mark.parametrize(
    ("value", "language"),
    [
        ("in 2020, on May 5, 2021, 5 June, 2020-01-02 and 3/4", "en"),
        ("call 555-1234 or 13800138000, room 12, iPhone 7, B2B, 007, v1.2.3", "en"),
        ("5-10 people, 3 to 5 days, 4 out of 6, the 3rd, 1 dollar, 0 cars, 100% sure", "en"),
        ("2020年3月8日，5号线，第3章，电话69293277，评分4.5分，50-100元，2小时 - 3小时，3点", "zh"),
    ],
)
def test_numbers_that_are_no_amounts_stay(value: str, language: str) -> None:
    assert outputs(NumberChange(), value, language, 20) == {value}


@pytest.mark.parametrize(
    ("steps", "chain", "label", "says"),
    [
        ([{"negate": {}}], {}, "label", "negate: {changes_label: allowed}"),
        ([{"antonym": {}}], {}, "label", "antonym: {changes_label: allowed}"),
        ([{"negate": {"changes_label": "allowed"}}], {}, "label", None),
        ([{"negate": {}}], {}, None, None),
        ([{"number_change": {}}], {}, "label", "take it out of the patterns"),
    ],
)
def test_a_step_that_changes_the_label_must_be_allowed_to(
    tmp_path: Path, steps: list[Any], chain: dict[str, Any], label: str | None, says: str | None
) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "It is good.", "label": "x"}\n', "utf-8")
    config = {
        "input": {"path": "a.jsonl", "text": "text", "label": label},
        "output": {"path": "b.jsonl"},
        "chains": {"a": {**chain, "steps": steps}},
    }
    (tmp_path / "c.yaml").write_text(json.dumps(config), "utf-8")
    if says is None:
        load(tmp_path / "c.yaml")
    else:
        with pytest.raises(ConfigError, match=re.escape(says)):
            load(tmp_path / "c.yaml")
