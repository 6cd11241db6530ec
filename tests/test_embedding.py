from __future__ import annotations

from augcli.rng import Rng
from augcli.steps.embedding import Embedding
from augcli.text import Text


def options(text: str, place: int) -> tuple[str, ...]:
    """What may come in for a word, the best first."""
    step = Embedding()
    slots = {slot.place: slot.options.words for slot in step.prepare(Text(text))}
    return slots.get(place, ())


def test_form_and_part_of_speech_are_those_of_the_word() -> None:
    found = options("She bought two cars.", 3)
    assert found
    assert all(word.endswith("s") for word in found)
    assert "car" not in found


def test_antonyms_do_not_come_in() -> None:
    assert "bad" not in options("It was a good day.", 3)
    assert "sold" not in options("She bought two cars.", 1)


def test_nth_variant_takes_the_nth_neighbour() -> None:
    step = Embedding(pick="nth")
    text = Text("She saw the doctor.")
    made = [step.edit(text, Rng(str(n), n, "row"))[-1][2] for n in (1, 2, 3)]
    assert made == list(options("She saw the doctor.", 3)[:3])


def test_a_language_without_vectors_is_refused() -> None:
    assert Embedding().objection("de", [])
