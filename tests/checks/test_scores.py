"""Scores without a network, and a LanguageTool server that is a fake."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs

import pytest
from pydantic import ValidationError

from augcli.checks.scores import EditDistance, Grammar, Language
from augcli.errors import ResourceError, RunError
from augcli.language.grammar import error_counter
from augcli.run.survey.near_duplicates import Bands


def test_edit_distance_is_a_share_of_the_longer_text() -> None:
    check = EditDistance()
    assert check.scores(["kitten", "abc", ""], ["sitting", "abc", ""]) == [pytest.approx(3 / 7), 0, 0]
    words = EditDistance(unit="words")
    words.setup("en")
    assert words.scores(["the card is lost"], ["The card was lost, sadly"]) == [pytest.approx(2 / 5)]


def test_of_a_row_with_several_texts_the_worst_counts() -> None:
    assert EditDistance().check_batch([("abcd", "abcd")], [("abcd", "abxx")]) == [0.5]


def test_a_score_outside_of_its_range_is_refused_with_both_numbers() -> None:
    check = EditDistance(min=0.1, max=0.5)
    assert check.reject_score(0.05) == "edit_distance 0.05 is below 0.1"
    assert check.reject_score(0.6) == "edit_distance 0.6 is above 0.5"
    assert check.reject_score(0.1) is check.reject_score(0.5) is None
    with pytest.raises(ValidationError, match=r"min is 0\.6, above max, 0\.5"):
        EditDistance(min=0.6, max=0.5)


@pytest.mark.parametrize(
    ("language", "before", "after", "refused"),
    [
        ("en", "The card has not arrived yet.", "The card has still not arrived.", False),
        ("en", "The card has not arrived yet.", "Die Karte ist noch nicht angekommen.", True),
        ("zh", "我的银行卡还没有寄到。", "My bank card has not arrived.", True),
        ("zh", "我的银行卡还没有寄到。", "我的银行卡仍未寄到。", False),
        ("en", "la carte", "la cartes", False),
        ("en", "", "?!", False),
    ],
)
def test_language_is_compared_with_that_of_the_source(language: str, before: str, after: str, refused: bool) -> None:
    check = Language()
    check.setup(language)
    [score] = check.scores([before], [after])
    assert 0 <= score <= 1
    assert (check.reject_score(score) is not None) is refused


def test_a_language_that_nobody_tells_is_a_config_error() -> None:
    assert "'tlh' is not among" in (Language().config_error("tlh", ()) or "")


@pytest.mark.parametrize(
    ("language", "text", "errors"),
    [
        ("en", "He are an man.", 2),
        ("en", "but they is the the ones", 2),
        ("en", "I could has it (really", 2),
        ("en", "it is a MRI, not an US one", 2),
        ("en", "i think i'm more better", 3),
        ("en", "well , yes ,, no", 2),
        ("en", 'he said "yes', 1),
        (
            "en",
            "Does it have a b) :) or that that? People like this are very very good, e.g. an hour... I had had it.",
            0,
        ),
        ("zh", "我的的卡（丢了", 2),
        ("zh", "我 的卡，，丢了", 2),
        ("zh", "谢谢，我的卡（新的）丢了……“是吗？”", 0),
        ("de", "Das ist , gut", 1),
        ("de", "a apple", 0),
    ],
)
def test_mistakes_are_counted(language: str, text: str, errors: int) -> None:
    assert error_counter(language)(text) == errors


def test_only_mistakes_that_the_source_has_not_count() -> None:
    check = Grammar()
    check.setup("en")
    assert check.scores(["i am a apple", "An apple."], ["i am an apple", "A apple , no."]) == [0, 2]


class _LanguageTool(BaseHTTPRequestHandler):
    seen: list[dict[str, list[str]]]
    broken = False

    def do_GET(self) -> None:
        self._answer([{"name": "English", "code": "en"}])

    def do_POST(self) -> None:
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.seen.append({"path": [self.path], **body})
        count = body["text"][0].count("x")
        self._answer({} if self.broken else {"matches": [{"message": "x"}] * count})

    def _answer(self, body: object) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[tuple[str, type[_LanguageTool]]]:
    handler = type("Handler", (_LanguageTool,), {"seen": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as listening:
        Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}", handler
        listening.shutdown()


def test_a_server_that_is_named_is_asked(server: tuple[str, type[_LanguageTool]]) -> None:
    address, handler = server
    check = Grammar(server=address)
    check.setup("en")
    assert check.scores(["a x", "a & b"], ["x x x", "a & b é"]) == [2, 0]
    assert [one["text"] for one in handler.seen] == [["a x"], ["a & b"], ["x x x"], ["a & b é"]]
    assert {(*one["path"], *one["language"]) for one in handler.seen} == {("/v2/check", "en-US")}


def test_a_server_without_an_answer_is_an_error(server: tuple[str, type[_LanguageTool]]) -> None:
    address, handler = server
    with pytest.raises(ResourceError, match=r"no LanguageTool answers at http://127\.0\.0\.1:9"):
        Grammar(server="http://127.0.0.1:9").setup("en")
    with pytest.raises(ResourceError, match="does not know language 'zh'"):
        Grammar(server=address).setup("zh")
    handler.broken = True
    with pytest.raises(RunError, match="gives no answer"):
        Grammar(server=address).scores(["a"], ["b"])


def test_texts_that_are_nearly_the_same_share_a_key() -> None:
    words = [f"word{number}" for number in range(40)]
    near, far = [*words[:20], "other", *words[21:]], [*words[:20], *(f"new{number}" for number in range(20))]
    whole, second, third, same = Bands("en", 0.8).of([" ".join(some) for some in (words, near, far, words)])
    assert {*whole} & {*second}
    assert not {*whole} & {*third}
    assert whole == same
    assert Bands("en", 0.8).of(["", "?!"])[0] != Bands("en", 0.8).of(["?!"])[0]
