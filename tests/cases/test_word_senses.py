"""Words in another sense than the sentence has do not come in."""

from __future__ import annotations

from typing import Any

import pytest

from augcli.plugin import find
from augcli.steps.step import Step
from augcli.text.rng import Rng
from augcli.text.text import Text
from tests.support.helpers import ROOT, rows

WRONG = {
    "I'm sorry, my order arrived late and the box was broken.": {"deplorable", "lamentable", "command"},
    "Set an alarm for seven and play some soft music.": {"consternation", "panic", "scare"},
    "The band was great on stage and the crowd loved the second set.": {"phase", "banding", "put"},
    "The doctor said the blood test was clear.": {"wrong", "evident", "nurse"},
    "The firm will cut jobs in the spring.": {"raise", "summer", "fall"},
    "The cat sat on the mat near the window.": {"dog", "kitten", "door"},
    "She runs a small company that makes light bulbs.": {"tests", "society", "big"},
    "The price is fair and the service is quick.": {"bazaar", "slow", "just"},
    "The bank raised its interest rates by a quarter point.": {"shore", "lowered", "concern"},
    "My new card hasn't come in.": {"public", "balance", "newborn", "novel"},
    "I ordered my card but it still isn't here.": {"refused", "commanded", "balance"},
    "What's the reason my new card hasn't come?": {"doubt", "public", "fact"},
    "He is a mean teacher but a kind father.": {"student", "average", "mother", "sort"},
}
STEPS: dict[str, dict[str, Any]] = {
    "synonym": {},
    "embedding": {},
    "masked_lm": {},
    "synonym in context": {"context": True},
    "embedding in context": {"context": True},
}


def made(name: str, value: str, language: str = "en", draws: int = 30) -> set[str]:
    """All that some draws put into a text, every word that another fits in for replaced."""
    pytest.importorskip("torch") if "masked" in name or "context" in name else None
    step = find(Step, name.split()[0]).model_validate({**STEPS[name], "rate": 1.0})
    text = Text(value, language)
    step.setup(language)
    edits = step.edit_batch([text] * draws, [Rng(str(key)) for key in range(draws)])
    return {new.lower() for some in edits for _, _, new in some}


@pytest.mark.parametrize("name", STEPS)
def test_wrong_senses_do_not_come_in(name: str) -> None:
    found = {value: made(name, value) for value in WRONG}
    assert {value: wrong for value, new in found.items() if (wrong := new & WRONG[value])} == {}
    assert sum(map(bool, found.values())) > len(WRONG) / 4


@pytest.mark.parametrize(
    ("value", "wrong"),
    [
        ("酒店很便宜，服务也不错。", {"酒吧", "方便", "旅馆业"}),
        ("我接受了他的建议。", {"接到", "收到"}),
        ("这家餐馆的地址是在哪啊？", {"食堂", "酒楼"}),
    ],
)
def test_wrong_senses_do_not_come_in_in_chinese(value: str, wrong: set[str]) -> None:
    assert not made("synonym", value, "zh") & wrong


@pytest.mark.parametrize("name", ["synonym", "embedding"])
def test_enough_rows_find_a_word_that_fits(name: str) -> None:
    values = [row["text"] for row in rows(ROOT / "sample_data/banking77.jsonl")[::10]]
    texts = [Text(value) for value in values]
    step = find(Step, name).model_validate(STEPS[name])
    step.setup("en")
    changed = sum(map(bool, step.edit_batch(texts, [Rng(value) for value in values])))
    assert changed >= {"synonym": 60, "embedding": 20}[name]
