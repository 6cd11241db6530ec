import pytest

from augcli.language import synonyms
from augcli.language.closeness import NOT_KEPT, closeness, listed, vectors


def test_of_words_that_were_read_it_is_their_confidence() -> None:
    assert closeness("movies", "films", "NNS") == pytest.approx((1 + synonyms.SAME) / 2)
    for word, tag in (("movies", "NNS"), ("finding", "VBG"), ("quickly", "RB")):
        found = {other: near for other, near in listed(word, tag).items() if " " not in other}
        assert found
        assert {other: closeness(word, other, tag) for other in found} == found


def test_a_form_of_another_word_is_not_taken_for_the_synonym() -> None:
    assert closeness("store", "shop", "NN") > 0.8
    assert closeness("store", "shopping", "NN") <= NOT_KEPT


def test_what_was_read_and_not_kept_is_never_near() -> None:
    near = vectors().nearest([vectors().place("teacher") or 0], 50)[0]
    others = {vectors().words[row] for row, _ in near} - set(listed("teacher", "NN"))
    assert len(others) > 20
    assert all(closeness("teacher", other, "NN") <= NOT_KEPT for other in others)


def test_of_other_words_it_is_the_cosine() -> None:
    words = vectors().words
    unread = [word for word in words[-3000:] if closeness(word, word) == 1.0 and not listed(word, "")][:2]
    first, second = (vectors().place(word) or 0 for word in unread)
    assert closeness(*unread) == vectors().cosine(first, second)


def test_without_a_vector_it_is_the_least() -> None:
    assert closeness("xqzzy", "qqqzz") == -1


def test_listed_words_have_the_form_that_is_asked_for() -> None:
    assert "films" in listed("movies", "NNS")
    assert "film" in listed("movie", "")
    assert listed("movies", "VBD") == {}
