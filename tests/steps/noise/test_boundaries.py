"""Blanks in words and between them."""

from __future__ import annotations

from augcli.steps.noise.boundaries import MergeWords, SplitWord
from augcli.text.edits import apply
from augcli.text.rng import Rng
from augcli.text.text import Text


def every_edit(step: SplitWord | MergeWords, value: str, language: str = "en") -> set[str]:
    text = Text(value, language)
    return {apply(value, [edit]) for key in range(60) for edit in step.edit(text, Rng(str(key)))}


def test_words_split_at_each_place_from_min_char_on() -> None:
    assert every_edit(SplitWord(rate=1.0), "the cats ran") == {"the c ats ran", "the ca ts ran", "the cat s ran"}
    assert every_edit(SplitWord(rate=1.0, min_char=5), "the cats ran") == set()
    assert every_edit(SplitWord(rate=1.0), "千方百计", "zh") == {"千 方百计", "千方 百计", "千方百 计"}


def test_no_split_makes_or_cuts_a_negation() -> None:
    assert every_edit(SplitWord(rate=1.0, min_char=2), "notable") == {"n otable", "nota ble", "notab le", "notabl e"}
    assert every_edit(SplitWord(rate=1.0, min_char=2), "nothing cannot isn't B2B1") == set()


def test_words_merge_but_for_negations_numbers_and_marks() -> None:
    merged = every_edit(MergeWords(rate=1.0), "thank you, do not buy 5 red  cars")
    assert merged == {"thankyou, do not buy 5 red  cars", "thank you, do not buy 5 redcars"}
    assert every_edit(MergeWords(rate=1.0), "it is no body else") == {
        "itis no body else",
        "it is no bodyelse",
    }
