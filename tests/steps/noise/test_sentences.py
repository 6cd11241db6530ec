import re
from textwrap import fill

import pytest

from augcli.steps.noise.sentences import ShuffleSentences
from augcli.text.edits import apply
from augcli.text.rng import Rng
from augcli.text.text import Text

SENTENCES = {
    "The mill was closed.", "Nobody wanted to pay.", "It was sold in May.", "He paid a small sum.",
    "A man from there bought it.",
}  # fmt: skip


@pytest.mark.parametrize("width", [20, 30, 40, 60, 72])
def test_no_sentence_of_wrapped_lines_is_cut(width: int) -> None:
    wrapped = fill(" ".join(sorted(SENTENCES)), width)
    for number in range(10):
        shuffled = apply(wrapped, ShuffleSentences().edit(Text(wrapped), Rng(str(number))))
        assert {found.strip() for found in re.findall(r"[^.]+\.", " ".join(shuffled.split()))} == SENTENCES


def test_the_rest_of_a_line_without_an_end_keeps_its_place() -> None:
    value = "The mill was\nclosed. Nobody wanted to pay. It was sold in May."
    for number in range(10):
        assert apply(value, ShuffleSentences().edit(Text(value), Rng(str(number)))).startswith("The mill was\nclosed. ")


@pytest.mark.parametrize(
    ("value", "language", "together"),
    [
        ("The room was big. But it was loud. Breakfast was fine.", "en", "The room was big. But it was loud."),
        ("房间很大。不过有点吵。早餐一般。", "zh", "房间很大。不过有点吵。"),
        ("房间很大。不过有点吵。所以换了房。早餐一般。", "zh", "房间很大。不过有点吵。所以换了房。"),
    ],
)
def test_a_sentence_that_answers_the_one_before_stays_behind_it(value: str, language: str, together: str) -> None:
    text = Text(value, language)
    made = {apply(value, ShuffleSentences().edit(text, Rng(str(number)))) for number in range(20)}
    assert len(made) == 1
    assert all(together in one and not one.startswith(together) for one in made)


def test_a_sentence_that_answers_one_that_stays_stays_too() -> None:
    text = Text("No end mark here\nBut it was loud. The room was big. Breakfast was fine.")
    made = {apply(text.value, ShuffleSentences().edit(text, Rng(str(number)))) for number in range(20)}
    assert all(one.startswith("No end mark here\nBut it was loud. ") for one in made)
