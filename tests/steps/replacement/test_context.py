"""A masked language model says which synonyms and neighbours are likely in their sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from augcli.steps.replacement.context import Choice, context
from augcli.steps.replacement.embedding import Embedding
from augcli.steps.replacement.slots import Candidates, Replacement
from augcli.steps.replacement.synonym import Synonym
from augcli.text.rng import Rng
from augcli.text.text import Text
from tests.support.helpers import ROOT, rows, write_config
from tests.support.running import called
from tests.support.tiny_models import masked_lm_folder

pytest.importorskip("torch")


def options(step: Replacement, value: str, word: str) -> tuple[str, ...]:
    text = Text(value)
    found = {text.value[target.start : target.end]: target.options.words for target in step.prepare([text])[0]}
    return found.get(word, ())


def test_the_sentence_decides_between_the_meanings_of_a_word() -> None:
    step = Synonym(context=True)
    assert "accuse" not in options(step, "Please charge my account.", "charge")
    assert not options(Synonym(), "The bank raised its interest rates.", "raised")
    assert "increased" in options(step, "The bank raised its interest rates.", "raised")


def test_likely_words_come_first_and_unlikely_ones_not() -> None:
    step = Synonym(context=True)
    given = Candidates.of({"a": 95, "b": 70, "c": 20}, (0.95, 0.7, 0.2))
    assert step._weigh(given, {"a": 0.01, "b": 0.4, "c": 0.01}).words == ("b", "a")
    assert step._weigh(given, {"c": 0.3, "b": 0.0001}).words == ("a", "c")  # a is no token, and sure enough
    assert step.model_copy(update={"min_probability": 1.0})._weigh(given, {"b": 0.4}).words == ("a",)


@pytest.mark.parametrize("step", [Synonym(context=True), Embedding(context=True)])
def test_a_text_is_judged_alone_as_among_others(step: Replacement) -> None:
    texts = [Text(row["text"]) for row in rows(ROOT / "sample_data/banking77.jsonl")[:40]]
    together = step.prepare(texts)
    for text, among in zip(texts[::7], together[::7], strict=True):
        assert step.prepare([Text(text.value)])[0] == among


@pytest.mark.parametrize("kind", ["bert", "bert-cased", "roberta", "albert"])
def test_any_masked_language_model_judges(kind: str) -> None:
    step = Synonym(context=True, model=str(masked_lm_folder(kind)), min_probability=1e-9, device="cpu", rate=1.0)
    made = step.edit(Text("The bank raised its new payment."), Rng("x"))
    assert all(new for _, _, new in made)


def test_your_own_thesaurus_in_another_language_is_judged(tmp_path: Path) -> None:
    (tmp_path / "t.dat").write_text("UTF-8\nauto|1\n-|Wagen|card\n", encoding="utf-8")
    step = Synonym(
        thesaurus=str(tmp_path / "t.dat"), context=True, model=str(masked_lm_folder("bert")), min_probability=1e-9
    )
    [[target]] = step.prepare([Text("Mein Auto ist neu.", "de")])
    assert set(target.options.words) == {"Wagen", "card"}


def test_chinese_words_are_judged_by_the_characters_that_differ() -> None:
    judge = context(masked_lm_folder("chinese-bert"), "cpu", "zh")
    text = Text("我想去附近的酒店。", "zh")
    [[one, both]] = judge.probabilities(
        [text], [[Choice(3, 5, ("附地", "我近", "我地", "三里内")), Choice(6, 8, ("酒地",))]]
    )
    assert one["我地"] == pytest.approx((one["我近"] * one["附地"]) ** 0.5)
    assert one.keys() == {"附地", "我近", "我地"}
    assert 0 < both["酒地"] < 1
    assert Synonym(context=True).config_error("zh", []) is None


@pytest.mark.parametrize(("language", "says"), [("ja", "tokens of the model"), ("de", "set `model`")])
def test_where_nothing_can_judge_is_told(language: str, says: str) -> None:
    assert says in (Synonym(context=True, thesaurus="t.tsv").config_error(language, []) or "")
    assert Synonym(context=True).config_error("en", []) is None


@pytest.mark.slow
def test_outputs_do_not_depend_on_workers(tmp_path: Path) -> None:
    made = []
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        folder.mkdir()
        sections = {
            "input": f"{{path: {ROOT}/sample_data/reviews.csv, text: text, label: label, id: id}}",
            "output": "{path: o.csv}",
            "engine": f"{{workers: {workers}, chunk_rows: 40, device: cpu}}",
        }
        file = write_config(folder, "{a: {steps: [{synonym: {context: true}}]}}", **sections)
        done = called("run", file, "--limit", "100", cwd=folder)
        assert done.returncode == 0, done.stderr
        made.append((folder / "o.csv").read_bytes())
    assert made[0] == made[1]
    assert called("verify", "o.csv", cwd=tmp_path / "1").returncode == 0
