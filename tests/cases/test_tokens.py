"""Line breaks, tokens and spans as people have them in their data."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from augcli.plugin import find
from augcli.steps.step import Step
from augcli.text.bio import token_origins
from augcli.text.edits import apply
from augcli.text.protect import PATTERNS, Protector
from augcli.text.rng import Rng
from augcli.text.text import Text
from tests.support.helpers import augcli, rows

BIO = {
    "tokens": ["RIVERTON", "beat", "Oak", "Hill", "2-1", "on", "a", "rainy", "Friday", "."],
    "ner_tags": ["B-ORG", "O", "B-LOC", "I-LOC", "O", "O", "O", "O", "O", "O"],
    "pos_tags": ["NNP", "VBD", "NNP", "NNP", "CD", "IN", "DT", "JJ", "NNP", "."],
}
SENTENCE = "She 's Porto 's best player , they 'll say I 'm `` fine '' -LRB- ca n't lie -RRB- o'clock 10,000 U.S. $ 5"
CONLL = SENTENCE.split()
TOKENS = "{path: in.jsonl, tokens: tokens, tags: ner_tags%s}"
ENTITIES = {
    "text": "Yesterday Rui Matos met Lena Brandt at the United Nations in New York. It was late. She left.",
    "spans": [[10, 19, "PER"], [24, 35, "PER"], [43, 57, "ORG"], [61, 69, "LOC"]],
}


def made(folder: Path, data: list[dict[str, Any]], given: str, chains: str, **keys: str) -> list[dict[str, Any]]:
    """The variants of a run, which verifies."""
    done = ran(folder, data, given, chains, **keys)
    assert done.returncode == 0, done.stderr.decode()
    assert augcli("verify", "out.jsonl", cwd=folder).returncode == 0
    return [row for row in rows(folder / "out.jsonl") if row["aug_chain"]]


def ran(folder: Path, data: list[dict[str, Any]], given: str, chains: str, command: str = "run", **keys: str) -> Any:
    (folder / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in data))
    sections = {"seed": "7", "input": given, "output": "{path: out.jsonl}", "chains": chains, **keys}
    (folder / "recipe.yaml").write_text("".join(f"{key}: {value}\n" for key, value in sections.items()))
    return augcli(command, "recipe.yaml", cwd=folder)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_deleted_words_leave_line_breaks(tmp_path: Path, end: str) -> None:
    texts = [
        "Agent: How can I help?\nCustomer: My card is lost\nAgent: I am sorry to hear that\nCustomer: Please block it",
        "- milk\n- brown bread\n- six eggs\n- butter",
        "Dear team,\n\nplease cancel order\n\nKind regards\nRui",
        "| item | price |\n|---|---|\n| tea | 3 |\n| rice | 9 |",
    ]
    data = [{"n": n, "text": text.replace("\n", end)} for n, text in enumerate(texts)]
    chain = "{del: {variants: 10, steps: [{random_delete: {rate: 0.15}}]}}"
    variants = made(tmp_path, data, "{path: in.jsonl, text: text, id: n}", chain)
    assert len(variants) > 20
    for row in variants:
        source = texts[row["aug_source"]].replace("\n", end)
        assert re.findall(r"\r\n|\n|\r", row["text"]) == re.findall(r"\r\n|\n|\r", source)


def test_columns_with_one_item_per_token_move_along(tmp_path: Path) -> None:
    chain = "{noise: {variants: 5, steps: [{random_delete: {rate: 0.3}}, {punctuation: {rate: 0.2}}]}}"
    variants = made(tmp_path, [BIO], TOKENS % ", token_columns: [pos_tags]", chain)
    kinds = dict(zip(BIO["tokens"], BIO["pos_tags"], strict=True)) | dict.fromkeys(",!?;:", "_")
    assert len(variants) == 5
    for row in variants:
        assert len(row["tokens"]) == len(row["ner_tags"]) == len(row["pos_tags"])
        for token, kind in zip(row["tokens"], row["pos_tags"], strict=True):
            assert kind in (kinds[token], "_")
        assert "_" in row["pos_tags"]
        assert {"NNP", "CD"} < set(row["pos_tags"])


@pytest.mark.parametrize("command", ["run", "check"])
def test_columns_with_one_item_per_token_are_asked_for(tmp_path: Path, command: str) -> None:
    done = ran(tmp_path, [BIO], TOKENS % "", "{noise: {steps: [random_delete]}}", command)
    assert done.returncode == 2
    assert b"input.token_columns: [pos_tags]" in done.stderr
    assert not (tmp_path / "out.jsonl").exists()


def test_such_columns_are_copied_when_the_config_says_so(tmp_path: Path) -> None:
    variants = made(tmp_path, [BIO], TOKENS % ", token_columns: []", "{noise: {steps: [random_delete]}}")
    assert [row["pos_tags"] for row in variants] == [BIO["pos_tags"]]


def test_a_row_with_another_number_of_items_is_invalid(tmp_path: Path) -> None:
    data = [BIO, {**BIO, "pos_tags": ["NNP"]}]
    done = ran(tmp_path, data, TOKENS % ", token_columns: [pos_tags]", "{noise: {steps: [random_delete]}}")
    assert done.returncode == 3
    assert b"expected one item for each of the 10 tokens, not 1 items" in done.stderr


def test_no_token_is_cut_or_glued(tmp_path: Path) -> None:
    row = {"tokens": CONLL, "ner_tags": ["O", "O", "B-LOC", *["O"] * 19, "B-LOC", "O", "O"]}
    chains = """
  punct: {variants: 4, steps: [{punctuation: {rate: 0.5}}]}
  swap: {variants: 3, steps: [{random_swap: {rate: 0.4}}]}
  del: {variants: 3, steps: [{random_delete: {rate: 0.4}}]}"""
    variants = made(tmp_path, [row], TOKENS % "", chains)
    assert len(variants) == 10
    known = {token.lower() for token in CONLL} | set(".,!?;:")
    for variant in variants:
        assert {token.lower() for token in variant["tokens"]} <= known


def test_chinese_characters_stay_tokens(tmp_path: Path) -> None:
    tags = ["O", "O", "B-LOC", "I-LOC", "I-LOC", "I-LOC", "O", "B-PER", "I-PER", "I-PER", "O", "O", "O", "O", "O"]
    row = {"tokens": list("我在北京南站等李小明，他没来。"), "ner_tags": tags}
    chains = """
  swap: {variants: 4, steps: [{random_swap: {rate: 0.5}}]}
  del: {variants: 2, steps: [{random_delete: {rate: 0.5}}]}
  homo: {variants: 2, steps: [{homophone: {rate: 0.6}}]}
  tw: {steps: [traditional]}"""
    variants = made(tmp_path, [row], TOKENS % ", language: zh", chains)
    assert len(variants) == 9
    for variant in variants:
        assert len(variant["tokens"]) == len(variant["ner_tags"])
        assert {len(token) for token in variant["tokens"]} == {1}


def test_the_statistics_of_a_corpus_count_its_tokens(tmp_path: Path) -> None:
    data = [
        {"tokens": list("我们在北京"), "ner_tags": ["O"] * 5},
        {"tokens": list("我没有时间"), "ner_tags": ["O"] * 5},
    ]
    made(tmp_path, data, TOKENS % ", language: zh", "{c: {steps: [{tfidf: {rate: 0.5}}]}}")
    lines = (tmp_path / "out.statistics.tsv").read_text("utf-8").split("\n")[4:-1]
    assert {line.split("\t")[0] for line in lines} == set("我们在北京没有时间")


@pytest.mark.parametrize("step", ["{random_swap: {rate: 1.0}}", "reverse", "shuffle_sentences"])
def test_steps_that_move_words_leave_those_of_spans(tmp_path: Path, step: str) -> None:
    given, free = "{path: in.jsonl, text: text, spans: spans}", "{spans: free}"
    variants = made(tmp_path, [ENTITIES], given, f"{{c: {{variants: 3, steps: [{step}]}}}}", protect=free)
    assert variants
    for row in variants:
        framed = [(row["text"][start:end], kind) for start, end, kind in row["spans"]]
        assert framed == [("Rui Matos", "PER"), ("Lena Brandt", "PER"), ("United Nations", "ORG"), ("New York", "LOC")]


@pytest.mark.parametrize("step", ["{random_swap: {rate: 1.0}}", "reverse"])
def test_words_of_a_span_stay_beside_a_number_in_it(tmp_path: Path, step: str) -> None:
    row = {"text": "please play the 50 Words for Snow album on my phone", "spans": [[16, 33, "album"]]}
    given, chain = "{path: in.jsonl, text: text, spans: spans}", f"{{c: {{variants: 3, steps: [{step}]}}}}"
    variants = made(tmp_path, [row], given, chain, protect="{spans: free}")
    assert variants
    for variant in variants:
        assert [variant["text"][start:end] for start, end, _ in variant["spans"]] == ["50 Words for Snow"]


@pytest.mark.parametrize(
    ("mode", "before", "after"),
    [
        ("contract", "I can not go but I am here", "I ca n't go but I 'm here"),
        ("contract", "We do not know , she will not mind , it is", "We do n't know , she wo n't mind , it is"),
        ("contract", "You cannot see", "You ca n't see"),
        ("expand", "I ca n't go but I 'm here", "I can not go but I am here"),
        ("expand", "They 've seen it , she wo n't mind", "They have seen it , she will not mind"),
        ("expand", "We don't know John 's dog", "We do not know John 's dog"),
    ],
)  # fmt: skip
def test_contractions_are_tokens_of_their_own(tmp_path: Path, mode: str, before: str, after: str) -> None:
    tokens = before.split()
    row = {"tokens": tokens, "ner_tags": ["O"] * len(tokens), "pos_tags": [token.upper() for token in tokens]}
    chain = f"{{c: {{steps: [{{contraction: {{mode: {mode}}}}}]}}}}"
    (variant,) = made(tmp_path, [row], TOKENS % ", token_columns: [pos_tags]", chain)
    assert variant["tokens"] == after.split()
    assert len(variant["ner_tags"]) == len(variant["tokens"])
    for token, kind in zip(variant["tokens"], variant["pos_tags"], strict=True):
        assert kind == (token.upper() if token in tokens else "_")


def test_lost_spans_are_told_by_chain(tmp_path: Path) -> None:
    given, chain = "{path: in.jsonl, text: text, spans: spans}", "{gone: {steps: [{random_delete: {rate: 0.9}}]}}"
    done = ran(tmp_path, [ENTITIES], given, chain, protect="{spans: free}")
    [row] = [row for row in rows(tmp_path / "out.jsonl") if row["aug_chain"]]
    lost = 4 - len(row["spans"])
    assert lost
    assert f"gone      1 requested = 1 written; {lost} spans lost" in (done.stdout + done.stderr).decode()
    assert json.loads((tmp_path / "out.report.json").read_bytes())["chains"]["gone"]["spans_lost"] == lost


def test_spans_left_in_another_case_are_told(tmp_path: Path) -> None:
    given, chain = "{path: in.jsonl, text: text, spans: spans}", "{c: {steps: [case]}}"
    told = ran(tmp_path, [ENTITIES], given, chain, "check")
    assert b"case: entity spans stay as they are; with protect.spans: free" in told.stdout + told.stderr
    [row] = made(tmp_path, [ENTITIES], given, chain, protect="{spans: free}")
    assert row["text"] == str(ENTITIES["text"]).lower()
    assert row["spans"] == ENTITIES["spans"]
    told = ran(tmp_path, [ENTITIES], given, chain, "check", protect="{spans: free}")
    assert b"entity spans" not in told.stdout + told.stderr


def drawn(name: str, value: str, language: str = "en", **parameters: Any) -> set[str]:
    step = find(Step, name).model_validate(parameters)
    step.setup(language)
    text = Text(value, language, Protector(list(PATTERNS)).intervals(value))
    return {apply(value, edits) for edits in step.edit_batch([text] * 200, [Rng(str(key)) for key in range(200)])}


def test_a_swap_leaves_the_capital_where_the_sentence_begins() -> None:
    found = drawn("random_swap", "The dog barked loudly. The cat was gone.", rate=0.1)
    assert "Dog the barked loudly. The cat was gone." in found
    assert "The dog barked loudly. Cat the was gone." in found
    assert all(re.fullmatch(r"[A-Z][a-z ]+\. [A-Z][a-z ]+\.", value) for value in found)
    assert "Lives Rui here." in drawn("random_swap", "Rui lives here.", rate=0.1)
    assert "Am I here." in drawn("random_swap", "I am here.", rate=0.1)


def test_no_word_is_inserted_twice_nor_one_that_is_there() -> None:
    value = "the large house is big and the car is quick"
    found = drawn("random_insert", value, rate=1.0, confidence=0.0) - {value}
    assert found
    for after in found:
        words = after.split()
        inserted = list(words)
        for word in value.split():
            inserted.remove(word)
        assert len(set(inserted)) == len(inserted)
        assert not set(inserted) & set(value.split())


@pytest.mark.parametrize(
    ("value", "language", "never"),
    [
        (
            'He said "well done" on 5/6 (twice), at 10 000 m; then left',
            "en",
            r'[,;("/] ?[.,!?;:]|0 [.,!?;:] 0|\d[.,!?;:] \d',
        ),
        ("1. one more 2. two\n3. three, on May 5, 2020 here", "en", r"(?:^|\n)[.,!?;:]|May [.,!?;:]|2[.,!?;:] 0"),
        ("我在5月13日，看见“好”的书（新），走了", "zh", r"[，“（][。，！？；：]|\d[。，！？；：]|[。，！？；：]\d"),
    ],
)
def test_no_mark_beside_a_mark_or_in_a_number(value: str, language: str, never: str) -> None:
    found = drawn("punctuation", value, language, rate=1.0)
    assert len(found) > 50
    assert not [after for after in found if re.search(never, after)]


SENTENCES = "The old dog saw Rui in town . He barked at night ! Then the dog slept ."
TAGGED = SENTENCES.split()
PARTS_OF_SPEECH = "DT JJ NN VBD NNP IN NN . PRP VBD IN NN ! RB DT NN VBD ."
KINDS = PARTS_OF_SPEECH.split()


@pytest.mark.parametrize(
    "step", ["{random_swap: {rate: 0.6}}", "reverse", "shuffle_sentences", "{case: {mode: upper}}"]
)
def test_items_of_tokens_go_where_these_go(tmp_path: Path, step: str) -> None:
    row = {"tokens": TAGGED, "ner_tags": ["O"] * 18, "pos_tags": KINDS, "n": list(range(18))}
    chain = f"{{c: {{variants: 4, steps: [{step}]}}}}"
    variants = made(tmp_path, [row], TOKENS % ", token_columns: [pos_tags, n]", chain)
    assert variants
    for variant in variants:
        assert sorted(variant["n"]) == list(range(18))
        assert [KINDS[number] for number in variant["n"]] == variant["pos_tags"]
        assert [TAGGED[number].lower() for number in variant["n"]] == [one.lower() for one in variant["tokens"]]
        assert (variant["n"] != list(range(18))) == ("case" not in step)


def test_items_follow_tokens_through_a_chain(tmp_path: Path) -> None:
    row = {"tokens": TAGGED, "ner_tags": ["O"] * 18, "n": list(range(18))}
    chain = (
        "{c: {variants: 6, steps: [shuffle_sentences, {random_swap: {rate: 0.3}}, {random_delete: {rate: 0.2}}, case]}}"
    )
    for variant in made(tmp_path, [row], TOKENS % ", token_columns: [n]", chain):
        assert [TAGGED[number].lower() for number in variant["n"]] == variant["tokens"]


def test_items_stay_with_misspelt_words_and_not_with_other_ones(tmp_path: Path) -> None:
    row = {"tokens": ["They", "receive", "the", "big", "house", "."], "ner_tags": ["O"] * 6, "n": list(range(6))}
    chains = """
  spelt: {variants: 2, steps: [{misspelling: {rate: 1.0}}]}
  other: {steps: [{tfidf: {rate: 1.0}}]}"""
    for variant in made(tmp_path, [row, {**row, "tokens": ["We", "buy", "some", "old", "books", "."]}],
                        TOKENS % ", token_columns: [n]", chains):  # fmt: skip
        if variant["aug_chain"].startswith("spelt"):
            assert variant["n"] == list(range(6))
        else:
            assert None in variant["n"]


def test_chinese_tokens_move_with_their_sentence(tmp_path: Path) -> None:
    tokens = list("我在北京。他没来！好的？")
    row = {"tokens": tokens, "ner_tags": ["O"] * len(tokens), "n": list(range(len(tokens)))}
    given = TOKENS % ", language: zh, token_columns: [n]"
    chain = """
  c: {variants: 3, steps: [shuffle_sentences]}
  other: {variants: 2, steps: [traditional, {homophone: {rate: 1.0}}]}"""
    for variant in made(tmp_path, [row], given, chain):
        assert sorted(variant["n"]) == list(range(len(tokens)))
        if variant["aug_chain"].startswith("c"):
            assert [tokens[number] for number in variant["n"]] == variant["tokens"]


def test_edits_without_noted_places_lose_the_items() -> None:
    """As in the provenance of runs from before there were such notes."""
    tokens, edits = [(0, 1), (2, 3), (4, 5)], [(0, 1, "c"), (4, 5, "a")]
    assert token_origins(tokens, [edits], "c b a", []) == [None, 1, None]
    assert token_origins(tokens, [edits], "c b a", [], [[(4, 5), (0, 1)]]) == [2, 1, 0]


@pytest.mark.parametrize(("name", "parameters"), [("random_char", {"action": "insert"}), ("misspelling", {})])
def test_letters_make_no_token_of_their_own(name: str, parameters: dict[str, Any]) -> None:
    step = find(Step, name).model_validate({"rate": 1.0, **parameters})
    words = ["we", "have", "seen", "a", "lot", "of", "storms", "in", "the", "evening"]
    value = " ".join(words)
    text = Text(value, "en", tokens=[match.span() for match in re.finditer(r"\S+", value)])
    step.setup("en")
    for key in range(40):
        made = text.edited(step.edit(text, Rng(str(key))))
        assert len(made.value.split()) == len(made.tokens) == len(words), made.value
