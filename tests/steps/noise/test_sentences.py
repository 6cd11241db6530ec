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
