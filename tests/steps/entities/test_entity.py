from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from augcli.errors import ConfigError, ResourceError
from augcli.language.resources import NAMES
from augcli.steps.entities.entity import Entity
from augcli.steps.mentions import MentionSample
from augcli.text.edits import apply, move_spans
from augcli.text.protect import Protector
from augcli.text.record import Record
from augcli.text.rng import Rng
from augcli.text.text import Text
from tests.support.entities import made, marked

PEOPLE = ["Ann Lee", "Bob", "Carl Friedrich", "iPhone", "NATO"]


@pytest.fixture
def entity(tmp_path: Path) -> Any:
    """Makes the step for mentions of the type P, and of others by type."""

    def make(people: Sequence[str] = PEOPLE, others: Sequence[tuple[str, str]] = (), **parameters: Any) -> Entity:
        sample = MentionSample(1)
        for text, kind in [*((text, "P") for text in people), *others]:
            sample.add(Record(text, (text,), [[(0, len(text), kind)]]))
        (tmp_path / "mentions.jsonl").write_bytes(sample.dump())
        return Entity.model_validate({"rate": 1.0, **parameters}).with_mentions(tmp_path / "mentions.jsonl")

    return make


def test_an_entity_gives_way_to_another_of_its_type(entity: Any) -> None:
    step = entity(["Ann", "Bob", "Cy"], [("Rome", "Q"), ("Oslo", "Q")])
    assert made(step, "hi [Ann], in (Rome)") == {"hi [Bob], in (Oslo)", "hi [Cy], in (Oslo)"}
    assert made(entity(["Ann", "Bob"], [("Rome", "Q"), ("Oslo", "Q")], types=["Q"]), "[Ann] in (Rome)") == {
        "[Ann] in (Oslo)"
    }


def test_mentions_of_the_same_stay_the_same(entity: Any) -> None:
    step = entity(["Ann", "Annika", "Roberta"])
    assert made(step, "[Ann] and [Ann], not [ann] or [ANN]") == {
        "[Annika] and [Annika], not [annika] or [Annika]",
        "[Roberta] and [Roberta], not [roberta] or [Roberta]",
    }


def test_none_comes_in_that_is_there_already(entity: Any) -> None:
    assert made(entity(["Ann", "ANN", "Bob"]), "[ann] met [Bob]") == set()
    assert made(entity(["Ann", "Bob", "Cy"]), "[Ann] met [Bob]") == {"[Cy] met [Bob]"}


@pytest.mark.parametrize(
    ("old", "listed", "new"),
    [
        ("Smith", "jane doe", "Jane Doe"),
        ("Smith", "JANE DOE", "Jane Doe"),
        ("Smith", "NASA", "NASA"),
        ("Smith", "iPhone", "iPhone"),
        ("SMITH", "Jane Doe", "JANE DOE"),
        ("SMITH", "iPhone", "IPHONE"),
        ("NATO", "Jane Doe", "Jane Doe"),
        ("smith", "Jane Doe", "jane doe"),
        ("smith", "iPhone", "iPhone"),
        ("smith", "NASA", "NASA"),
        ("McDonald", "jane doe", "Jane Doe"),
        ("7up", "Jane Doe", "jane doe"),
        ("42", "Jane Doe", "Jane Doe"),
        ("李明", "Jane Doe", "Jane Doe"),
    ],
)
def test_case_is_that_of_the_old_one(entity: Any, old: str, listed: str, new: str) -> None:
    assert made(entity([old, listed]), f"So says [{old}].") == {f"So says [{new}]."}


def test_case_where_all_the_text_is_so(entity: Any) -> None:
    assert made(entity(["NATO", "Jane Doe"]), "SO SAYS [NATO]") == {"SO SAYS [JANE DOE]"}
    assert made(entity(["smith", "NASA"]), "so says [smith]") == {"so says [nasa]"}


def test_of_mentions_that_differ_in_case_the_most_frequent_comes_in(entity: Any) -> None:
    step = entity(["Ann", "eBay", "eBay", "Ebay", "EBAY"])
    assert made(step, "on [Ann] 's") == {"on [eBay] 's"}


def test_the_article_agrees(entity: Any) -> None:
    step = entity(["Apple", "Boeing"])
    assert made(step, "an [Apple] plant") == {"a [Boeing] plant"}
    assert made(step, "A [Boeing] plant, the [Apple] one") == set()
    assert made(entity(["Apple", "Boeing", "IBM"]), "A [Boeing] plant and the [Apple] one", 5) == {
        "An [IBM] plant and the [Apple] one"
    }


def test_an_article_that_must_stay_keeps_the_entity(entity: Any) -> None:
    step = entity(["Apple", "Boeing"])
    assert made(step, marked("an [Apple] plant", protected=[(0, 2)])) == set()
    assert made(step, "(an) [Apple] plant") == set()


def test_what_ends_with_an_article_stays_whole(entity: Any) -> None:
    step = entity(["Vitamin A", "Zinc"])
    assert made(step, "[Zinc] is good") == set()
    assert made(step, "take [Zinc]") == {"take [Vitamin A]"}


def test_protected_words_and_overlapping_spans_stay(entity: Any) -> None:
    text = "Ann Lee, Bob and Dora"
    spans = [(0, 7, "P"), (0, 3, "P"), (9, 12, "P"), (17, 21, "P")]
    given = Text(text, "en", Protector(words=["bob"]).intervals(text), spans=spans, keeps_spans=True)
    step = entity(["Zoe"])
    (edit,) = step.edit(step.view(given), Rng("key"))
    assert edit == (17, 21, "Zoe")


def test_the_rate_counts_different_entities(entity: Any) -> None:
    people = [f"Name{number}" for number in range(100)]
    step = entity(people, rate=0.5)
    value = "[Ann], [Ann], [Ann], [Bob], [Cy] and [Dan]"
    for draw in range(20):
        edits = step.edit(step.view(marked(value)), Rng(str(draw)))
        assert len({new for _, _, new in edits}) == 2
    assert made(entity(people, rate=0.0), value) == set()


def test_a_list_stands_in_for_the_input(entity: Any, tmp_path: Path) -> None:
    names = tmp_path / "names.txt"
    names.write_text("\ufeffDora\n\n  Ed  \n", encoding="utf-8")
    step = entity(["Ann", "Bob"], [("Rome", "Q"), ("Oslo", "Q")], lists={"P": str(names)})
    assert made(step, "[Ann] in (Rome)") == {"[Dora] in (Oslo)", "[Ed] in (Oslo)"}
    assert step.lexicons("zh")[0].file == str(names)
    names.write_text("\n")
    with pytest.raises(ConfigError, match=r"names.txt: there are no entities; write one in each line"):
        entity(lists={"P": str(names)}).setup("en")
    with pytest.raises(ResourceError, match=r"none.txt cannot be read"):
        entity(lists={"P": str(tmp_path / "none.txt")}).setup("en")


def test_a_list_that_is_not_used_is_refused() -> None:
    step = Entity.model_validate({"lists": {"LOC": "city"}})
    assert step.config_error("en", []) == "there is no file ./city; did you mean cities?"
    step = Entity.model_validate({"lists": {"LOC": "cities"}})
    told = "there are cities in English and Chinese, not for language 'de'; name a file of yours"
    assert step.config_error("de", []) == told
    step = Entity.model_validate({"types": ["PER"], "lists": {"LOC": "x"}})
    assert step.config_error("en", []) == "the list for 'LOC' is not used: `types` does not name it"


def test_it_tells_of_types_with_nothing_to_swap(entity: Any) -> None:
    step = entity(["Ann", "ANN"], [("Rome", "Q"), ("Oslo", "Q")])
    (warning,) = step.warnings([])
    assert warning == (
        "entities of type 'P' stay, as the input has no two different ones; name others in a file: lists: {P: FILE}"
    )
    assert made(step, "[Ann]") == set()


def test_chinese_has_no_blanks(entity: Any) -> None:
    step = entity(["北京", "呼和浩特"])
    assert made(step, marked("我在[北京]等你", "zh")) == {"我在[呼和浩特]等你"}


def test_numbers_beside_it_stay_what_they_are(entity: Any) -> None:
    text = marked("5 [Bobs] here", protected=[(0, 1)])
    assert made(entity(["Bobs", "million", "Anns"]), text) == {"5 [Anns] here"}


def test_characters_stay_whole(entity: Any) -> None:
    assert made(entity(["Bob", "\u0301ann"]), "x[Bob]") == set()


def test_it_needs_a_run() -> None:
    with pytest.raises(ResourceError, match="entity looks up the entities of an input"):
        made(Entity(), "[Ann]")


@pytest.mark.parametrize(
    ("language", "text", "spans"),
    [
        ("en", "Lena Brandt left Riverton in Noland", [(0, 11, "PER"), (17, 25, "LOC"), (29, 35, "GPE")]),
        ("zh", "李晓婷昨天离开乌有镇去了虚国", [(0, 3, "PER"), (7, 10, "LOC"), (12, 14, "GPE")]),
    ],
)
def test_names_that_come_along(entity: Any, language: str, text: str, spans: list[Any]) -> None:
    kinds = {"PER": "people", "LOC": "cities", "GPE": "countries"}
    step = entity(lists=kinds)
    step.setup(language)
    rows = [line.split("\t") for line in NAMES.path().read_text(encoding="utf-8").splitlines()]
    seen = set[str]()
    for seed in range(20):
        edits = step.edit(Text(text, language, spans=spans), Rng(str(seed)))
        after = apply(text, edits)
        moved = move_spans(spans, edits, text, after)
        for start, end, kind in moved:
            assert [language, kinds[kind], after[start:end]] in rows
        seen.add(after)
    assert len(seen) == 20
    assert len(rows) == len({*map(tuple, rows)})
