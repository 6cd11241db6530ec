from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from augcli.steps.surface.contraction import Contraction
from augcli.text.edits import Edit, apply, why_invalid
from augcli.text.rng import Rng
from augcli.text.text import Text


def edits(value: str, step: Contraction | None = None, protected: list[tuple[int, int]] | None = None) -> list[Edit]:
    return (step or Contraction()).edit(Text(value, "en", protected or []), Rng("k"))


def changed(value: str) -> str:
    return apply(value, edits(value))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("I don't.", "I do not."),
        ("he isn't, really", "he is not, really"),
        ("People who don't know", "People who do not know"),
        ("It still hasn't come.", "It still has not come."),
        ("I looked and can't find it.", "I looked and cannot find it."),
        ("Don't go!", "Do not go!"),
        ("I DON'T know", "I DO NOT know"),
        ("DON'T GO", "DO NOT GO"),
        ("I'M SICK", "I AM SICK"),
        ("I'm sick", "I am sick"),
        ("We won't; I shan't; you can't.", "We will not; I shall not; you cannot."),
        ("They’re here and I’ve won.", "They are here and I have won."),
        ("He said 'I'm here'.", "He said 'I am here'."),
        ("Let's go", "Let us go"),
        ("He's got it", "He has got it"),
        ("It's never been better", "It has never been better"),
        ("it's a dog", "it is a dog"),
        ("It's cold.", "It is cold."),
        ("That's what I mean", "That is what I mean"),
        ("He's not going", "He is not going"),
        ("What's he done", "What has he done"),
        ("What's the time", "What is the time"),
        ("How's it going?", "How is it going?"),
        ("He'd gone", "He had gone"),
        ("He'd just arrived", "He had just arrived"),
        ("He'd better go", "He had better go"),
        ("He'd like that", "He would like that"),
        ("I'd never say so", "I would never say so"),
        ("I ain't sure", "I am not sure"),
        ("he ain't here", "he is not here"),
    ],
)
def test_expands(before: str, after: str) -> None:
    assert changed(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("I do not.", "I don't."),
        ("do not go", "don't go"),
        ("DO NOT GO", "DON'T GO"),
        ("I cannot see, you can not go", "I can't see, you can't go"),
        ("We will not go.", "We won't go."),
        ("I am not sure.", "I'm not sure."),
        ("I will go", "I'll go"),
        ("I would like that", "I'd like that"),
        ("it is a dog", "it's a dog"),
        ("IT IS A DOG", "IT'S A DOG"),
        ("We are going", "We're going"),
        ("What is the time?", "What's the time?"),
        ("I have never seen it", "I've never seen it"),
        ("I have used the card", "I've used the card"),
        ("He had gone", "He'd gone"),
        ("It has been long", "It's been long"),
        ("There is always a queue", "There's always a queue"),
        ("I noticed there is no fee", "I noticed there's no fee"),
        ("he is mine, it is yours and it is ours", "he's mine, it's yours and it's ours"),
        ("you are so lazy", "you're so lazy"),
        ("I am still waiting", "I'm still waiting"),
        ("I know that he has gone home", "I know that he's gone home"),
        ("a fee that is pending", "a fee that's pending"),
        ("What is this fee? What is going on?", "What's this fee? What's going on?"),
        ("why I am unable, when it is urgent", "why I'm unable, when it's urgent"),
        ("the language you are responding in", "the language you're responding in"),
        ("what I am charged", "what I am charged"),
        ("I think it is a mistake", "I think it's a mistake"),
        ("Here is my number", "Here's my number"),
    ],
)
def test_contracts(before: str, after: str) -> None:
    assert changed(before) == after


@pytest.mark.parametrize(
    "value",
    [
        "He'd put it there",
        "he'd come",
        "He's finished",
        "it's done",
        "She's long known it",
        "John's car and the dog's bone",
        "a company that lost it's way",
        "he's a right to know",
        "there's two",
        "What's he want",
        "What's your name mean",
        "where's the money go",
        "what's a bowl of ice cream contain",
        "I ain't seen it",
        "I ain't no fool",
        "John and I ain't sure",
        "can't've",
        "I can't've",
        "I'd've",
        "Don't you like it",
        "Isn't it good?",
        "Why doesn't John call?",
        "You like it, don't you?",
        "Don't people know?",
        "y'all, o'clock, ma'am",
        "'cause of 'em, I wanna go",
        "He let's me go",
        "mail don't@example.com",
        "Yes, I am.",
        "as tall as I am today",
        "what it is is",
        "wherever he is now",
        "both of you are the best",
        "What I like about it is the colour",
        "what is that is so",
        "I wonder where he is",
        "where he has gone",
        "He is taller than I am now",
        "what time it is in Rome",
        "how late it is still in Rome",
        "The happier you are the better",
        "What there is to see is all there is to it",
        "What is it? Who is he? Where is it?",
        "where we are right now is bad",
        "Here I am in Rome",
        "Yes I am really",
        "all that is in me, how much that is in euros",
        "you are - he said - you are",
        "the days I have left",
        "you can not only sing",
        "God's will not mine",
        "I have a dog",
        "He had a dog",
        "I have used cars",
        "He had limited time",
        "have you had breakfast",
        "I am and will be",
        "I am too",
        "Do NOT touch",
    ],
)
def test_leaves_doubtful_places_alone(value: str) -> None:
    assert changed(value) == value


def test_writes_the_apostrophe_of_the_text() -> None:
    assert changed("John’s dog: it is a pug.") == "John’s dog: it’s a pug."


def test_edits_are_small() -> None:
    assert edits("He's a pug, I don't know.") == [(2, 4, " is"), (16, 19, " not")]


def test_modes_keep_the_other_form() -> None:
    text = "I don't know, but I do not care."
    assert apply(text, edits(text, Contraction(mode="expand"))) == "I do not know, but I do not care."
    assert apply(text, edits(text, Contraction(mode="contract"))) == "I don't know, but I don't care."


def test_only_the_edit_itself_must_be_unprotected() -> None:
    assert edits("He's a pug.", protected=[(0, 2)]) == [(2, 4, " is")]
    assert edits("He's a pug.", protected=[(2, 3)]) == []


@pytest.mark.parametrize(("rate", "places"), [(0.0, 0), (0.1, 1), (0.5, 2), (1.0, 4)])
def test_rate_is_the_share_of_places(rate: float, places: int) -> None:
    text = "I'm here. I'm there. I'm late. I'm well."
    assert len(edits(text, Contraction(rate=rate))) == places


def test_letters_with_marks_are_not_cut() -> None:
    assert edits("I'm\u0301 here") == []


_VERBS = [
    "is",
    "not",
    "am",
    "been",
    "gone",
    "do",
    "cannot",
    "it's",
    "He'd",
    "don't",
    "ain't",
    "what's",
    "IT'S",
    "won’t",
]
_PIECES = st.sampled_from([*_VERBS, "I", "he", "a", "n't", "’", "'", "\u0301", "\n", ",", "."])


@given(
    st.lists(st.tuples(_PIECES, st.sampled_from([" ", "", "  "]))), st.tuples(st.integers(0, 40), st.integers(0, 10))
)
def test_edits_are_valid_and_only_rewrite_contractions(pieces: list[tuple[str, str]], place: tuple[int, int]) -> None:
    value = "".join(word + blank for word, blank in pieces)
    start = min(place[0], len(value))
    protected = [(start, min(start + place[1], len(value)))] if place[1] and start < len(value) else []
    found = edits(value, protected=protected)
    assert why_invalid(value, found, protected) is None
    for at, end, new in found:
        assert value[at:end] != new
        assert "'" in value[at:end] + new or "’" in value[at:end] + new
