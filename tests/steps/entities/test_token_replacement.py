from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from augcli.steps.entities.token_replacement import TokenReplacement
from augcli.steps.mentions import MentionSample
from augcli.text.record import Record
from augcli.text.rng import Rng
from tests.support.entities import made, marked


@pytest.fixture
def replacing(tmp_path: Path) -> Any:
    """Makes the step for mentions of the type P, each a text or its tokens."""

    def make(mentions: Sequence[str | Sequence[str]], **parameters: Any) -> TokenReplacement:
        sample = MentionSample(1)
        for mention in mentions:
            tokens = [] if isinstance(mention, str) else mention
            text = mention if isinstance(mention, str) else " ".join(tokens)
            starts = [sum(len(token) + 1 for token in tokens[:number]) for number in range(len(tokens))]
            places = [(start, start + len(token)) for start, token in zip(starts, tokens, strict=True)]
            sample.add(Record(text, (text,), [[(0, len(text), "P")]], tokens=places))
        (tmp_path / "mentions.jsonl").write_bytes(sample.dump())
        return TokenReplacement.model_validate(parameters).with_mentions(tmp_path / "mentions.jsonl")

    return make


def test_words_give_way_to_those_with_the_same_tag(replacing: Any) -> None:
    step = replacing(["Ann Lee", "Bob Ray Cox"], rate=1.0)
    assert made(step, "[Ann Lee] and (Rome)") == {"[Bob Ray] and (Rome)", "[Bob Cox] and (Rome)"}
    assert made(replacing(["Ann Lee", "Bob"], rate=1.0), "[Ann Lee]") == {"[Bob Lee]"}


def test_frequent_words_come_in_often(replacing: Any) -> None:
    step = replacing(["Bob"] * 9 + ["Cy", "Ann"], rate=1.0)
    text = step.view(marked("[Ann] is here"))
    drawn = Counter(step.edit(text, Rng(str(draw)))[0][2] for draw in range(1000))
    assert drawn.keys() == {"Bob", "Cy"}
    assert 850 < drawn["Bob"] < 950


def test_case_and_article_follow(replacing: Any) -> None:
    assert made(replacing(["Apple", "Boeing"]), "an [apple] plant") == {"a [boeing] plant"}


@pytest.mark.parametrize("sign", ["&amp;", "#", "'s", "New York"])
def test_tokens_that_are_no_words_do_not_come_in(replacing: Any, sign: str) -> None:
    step = replacing([["Ann", sign], ["Bob", "Ray"]], rate=1.0)
    assert made(step, "so [Ann Lee] says") == {"so [Bob Ray] says"}


def test_the_rate_counts_words_of_entities(replacing: Any) -> None:
    step = replacing(["Ann", "Bob", "Cy Dan Ed Flo Gus"], rate=0.5)
    for draw in range(20):
        edits = step.edit(step.view(marked("[Ann Lee] met [Cy Ed] in the big (Rome)")), Rng(str(draw)))
        assert len(edits) == 2


def test_chinese_words_are_found(replacing: Any) -> None:
    assert made(replacing(["北京医院", "上海大学"], rate=1.0), marked("去[北京医院]吧", "zh")) == {"去[上海大学]吧"}
