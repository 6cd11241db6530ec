"""Masked language models of all architectures, with real weights, tokenizers and files; nothing stands in for them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from augcli.errors import ResourceError, RunError
from augcli.language.content_words import chinese_words
from augcli.language.resources import MASKED_LM
from augcli.models.device import batches, device, halving, need
from augcli.models.fill_mask import Candidate, Kind, MaskFiller, MaskSlot, Query, Token
from augcli.models.masked_lm import gather_states
from augcli.steps.replacement.masked_lm import MaskedLm
from augcli.text.edits import apply
from augcli.text.rng import Rng
from augcli.text.text import Text
from tests.support.helpers import rows, write_config
from tests.support.running import called, run_in
from tests.support.tiny_models import CHINESE, MASKED, WINDOW, masked_lm_folder, texts, wordpiece

ANY = Kind("", False)
ENGLISH = 'What is the exchange rate, (payment) "transfer" for my new card in London?'


def every_token(kind: Kind, tokens: Iterable[Token]) -> Iterable[Token]:
    return tokens


@cache
def filler(kind: str, **options: Any) -> MaskFiller:
    return MaskFiller(masked_lm_folder(kind), every_token, place="cpu", **options)


def step(kind: str, **parameters: Any) -> MaskedLm:
    wanted = {"min_probability": 0.0, "min_similarity": -1.0, "device": "cpu", "rate": 0.3, **parameters}
    return MaskedLm(model=str(masked_lm_folder(kind)), **wanted)


def hole(value: str, word: str, masked: bool = True) -> MaskSlot:
    start = value.index(word)
    return MaskSlot(start, start + len(word), ANY, masked)


def candidates(kind: str, value: str, word: str, masked: bool = True, label: str = "") -> dict[str, float]:
    """Of the pieces that may stand for a word, each with its probability."""
    filled = filler(kind).fill([Query(value, label, (hole(value, word, masked),))], 10**6)[0][0]
    return {one.word: one.probability for one in filled[0]}


def close(one: dict[str, float], other: dict[str, float]) -> bool:
    both = one.keys() & other.keys()
    return len(both) >= len(one) - 2 and all(one[word] == pytest.approx(other[word], rel=1e-3) for word in both)


@pytest.mark.parametrize("kind", MASKED)
def test_whole_words_give_way_to_whole_words(kind: str) -> None:
    made = step(kind)
    given = [Text(value) for value in [ENGLISH, *texts("en")[:60]]]
    proposed = made.edit_batch(given, [Rng(str(number)) for number in range(len(given))])
    assert sum(map(len, proposed)) > 60
    for text, edits in zip(given, proposed, strict=True):
        for start, end, new in edits:
            assert (start, end) in text.words or text.value[start:end].lower() in ("a", "an")
            assert new.isalpha()
            assert new[0].isupper() == text.value[start].isupper()


@pytest.mark.parametrize("kind", CHINESE)
def test_chinese_words_of_several_characters_give_way_to_words(kind: str) -> None:
    given = [Text(value, "zh") for value in texts("zh")[:100]]
    proposed = step(kind).edit_batch(given, [Rng(str(number)) for number in range(len(given))])
    changed = [
        (text.value[start:end], new) for text, made in zip(given, proposed, strict=True) for start, end, new in made
    ]
    assert len(changed) > 30
    assert all(new in chinese_words(50_000) and len(new) > 1 for _, new in changed)
    assert all(start != end for made in proposed for start, end, _ in made)


@pytest.mark.parametrize("kind", [*MASKED, *CHINESE])
def test_the_head_on_some_places_is_the_head_on_all(kind: str) -> None:
    model = transformers.AutoModelForMaskedLM.from_pretrained(masked_lm_folder(kind)).eval()
    pieces = torch.arange(5, 35).reshape(2, 15)
    numbers, places = [0, 1, 1], [3, 0, 14]
    with torch.inference_mode():
        whole = model(input_ids=pieces).logits[numbers, places]
        with gather_states(model, numbers, places):
            some = model(input_ids=pieces).logits[0]
        again = model(input_ids=pieces).logits
    assert torch.allclose(whole, some, atol=1e-5)
    assert again.shape[:2] == pieces.shape


@pytest.mark.parametrize("kind", MASKED)
def test_a_hidden_word_is_hidden(kind: str) -> None:
    seen = [candidates(kind, f"My new {word} has not arrived.", word) for word in ("card", "money", "bank")]
    for word in set(seen[0]) & set(seen[1]) & set(seen[2]) - {"card", "money", "bank"}:
        odds = [one[word] / one["transfer"] for one in seen]
        assert odds == pytest.approx([odds[0]] * 3, rel=1e-3)
    shown = [candidates(kind, f"My new {word} has not arrived.", word, masked=False) for word in ("card", "money")]
    assert not close(*shown)


@pytest.mark.parametrize("kind", MASKED)
def test_a_text_is_filled_alone_as_among_others(kind: str) -> None:
    value = "My new card has not arrived."
    question = Query(value, "", (hole(value, "card"),))
    others = [Query(text, "", (MaskSlot(*Text(text).words[0], ANY, True),)) for text in texts("en")[:20]]
    among = filler(kind).fill([*others, question, *others], 10**6)[len(others)][0][0]
    assert close(candidates(kind, value, "card"), {one.word: one.probability for one in among})


@pytest.mark.parametrize("kind", MASKED)
def test_probabilities_are_shares_without_the_word_that_stands_there(kind: str) -> None:
    found = candidates(kind, "My new card has not arrived.", "card")
    assert "card" not in found
    assert 0 < sum(found.values()) <= 1.0001


@pytest.mark.parametrize("kind", ["bert", "roberta", "albert", "modernbert"])
def test_long_texts_are_read_in_windows(kind: str) -> None:
    sentences = texts("en")[:150]
    value = " ".join(sentences)
    text = Text(value)
    holes = tuple(MaskSlot(start, end, ANY, True) for start, end in text.words[::9])
    made = filler(kind)
    filled = made.fill([Query(value, "", holes)], 5)[0]
    assert sum(map(bool, filled)) > 0.9 * len(holes)
    assert filled[-1] or filled[-2]
    rows = list(made._rows([Query(value, "", holes)]))
    assert all(len(row.pieces) <= WINDOW for row in rows)
    assert len(rows) > 20
    context = made._window // 4 - 2
    for row in rows[1:-1]:
        assert all(context <= one.place <= len(row.pieces) - context for one in row.wanted)


def test_the_characters_of_a_word_stay_in_one_window() -> None:
    text = Text("".join(texts("zh")[:60]), "zh")
    holes = tuple(MaskSlot(start, end, ANY, True) for start, end in text.words if end - start > 1)
    rows = list(filler("chinese-bert", chars=True)._rows([Query(text.value, "", holes)]))
    seen = [hole for row in rows for hole in {one.hole for one in row.wanted}]
    assert len(rows) > 10
    assert len(seen) == len(set(seen)) > 100


def test_a_label_that_leaves_no_room_is_told() -> None:
    with pytest.raises(RunError, match="is too long for a model that reads 64"):
        candidates("bert", "My new card has not arrived.", "card", label="card payment " * 30)


def test_the_label_is_seen() -> None:
    value = "My new card has not arrived."
    assert not close(candidates("bert", value, "card"), candidates("bert", value, "card", label="weather"))
    given = Text(value, "en", (), None, "card_arrival")
    drawn = [step("bert", label=label, rate=0.5).edit(given, Rng("x")) for label in (True, False)]
    assert drawn[0] != drawn[1]


def test_a_text_is_asked_about_once_for_all_its_variants() -> None:
    text, made = Text(ENGLISH), step("bert", rate=0.1)
    first = made.edit_batch([text] * 6, [Rng(str(number)) for number in range(6)])
    assert len({edits[0][0] for edits in first}) > 1
    ((known, answers),) = made._last_batch.items()
    assert (known, len(answers)) == (text, 3)
    assert made.edit_batch([text], [Rng("a")])  # a variant that was refused
    assert made._last_batch[text] is answers
    again = Text(ENGLISH)  # of another chunk: what is known of this one must not change its batch
    made.edit_batch([again], [Rng("a")])
    assert list(made._last_batch) == [again]
    assert made._last_batch[again] is not answers


def test_equal_questions_share_a_row() -> None:
    question = Query(ENGLISH, "", (hole(ENGLISH, "card"),))
    other = Query(ENGLISH, "", (hole(ENGLISH, "new"),))
    found = filler("bert").fill([question, other, question], 5)
    assert found[0] is found[2]
    assert found[0] != found[1]


def test_words_that_are_replaced_together_are_hidden_together_and_filled_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made, read = step("bert", masking="joint", rate=0.5), []
    predict = MaskFiller._logits

    def reading(self: MaskFiller, rows: Any) -> torch.Tensor:
        read.extend(rows)
        return predict(self, rows)

    monkeypatch.setattr(MaskFiller, "_logits", reading)
    given = [Text(value) for value in texts("en")[:40]]
    proposed = made.edit_batch(given, [Rng(str(number)) for number in range(len(given))])
    mask = made._words("en").filler.tokenizer.mask_token_id
    assert len(read) <= len(given)
    assert max(len(row.wanted) for row in read) > 2
    for row in read:
        assert [place for place, piece in enumerate(row.pieces) if piece == mask] == [one.place for one in row.wanted]
    replaced = [(start, end) for edits in proposed for start, end, new in edits if new not in ("a", "an")]
    assert 40 < len(replaced) <= sum(len(row.wanted) for row in read)


def test_words_that_are_filled_together_differ() -> None:
    value = "The payment of the transfer to the account of the bank"
    made = step("bert", masking="joint", rate=1.0, top_k=3)
    some = 0
    for number in range(40):
        words = apply(value, made.edit(Text(value), Rng(str(number)))).lower().split()
        nouns = [word for word in words if word not in ("the", "of", "to", "a", "an")]
        assert len(set(nouns)) == len(nouns) == 4
        some += words != value.lower().split()
    assert some == 40


def test_joint_masking_asks_for_no_synonyms() -> None:
    value = "My new card has not arrived."
    answers = [[Candidate("moon", 0.03), Candidate("letter", 0.0001)]]

    def options(**parameters: Any) -> list[str]:
        made = MaskedLm(model=str(masked_lm_folder("bert")), device="cpu", **parameters)
        return list(made._best(made._words("en"), Text(value), hole(value, "card"), answers, set()))

    assert options(masking="joint") == ["moon", "letter"]
    assert options() == options(masking="joint", min_similarity=0.58) == []
    assert options(masking="joint", min_probability=0.02) == ["moon"]


def test_joint_masking_takes_words_of_fixed_pairs() -> None:
    words, text = step("bert")._words("en"), Text("My credit card was declined.")
    taken = [[text.value[one.start : one.end] for one in words.holes(text, masked)] for masked in (False, True)]
    assert taken == [["declined"], ["credit", "card", "declined"]]


@pytest.mark.parametrize("masking", ["joint", "none"])
def test_an_uncased_model_leaves_the_case_of_the_rest(masking: str) -> None:
    value = "WHAT a Strange CARD, said McDonald: the new Payment of 5€ is not There!"
    for number in range(20):
        edits = step("bert", masking=masking, rate=1.0).edit(Text(value), Rng(str(number)))
        rest = iter(apply(value, edits))
        done = 0
        for start, end, new in edits:
            assert value[done:start] == "".join(next(rest) for _ in range(start - done))
            assert new == "".join(next(rest) for _ in new)
            done = end
        assert value[done:] == "".join(rest)


def test_words_are_put_in_between_others() -> None:
    for language, kind in (("en", "bert"), ("en", "roberta"), ("en", "albert"), ("zh", "chinese-bert")):
        given = [Text(value, language) for value in texts(language)[:60]]
        proposed = step(kind, action="insert").edit_batch(given, [Rng(str(n)) for n in range(len(given))])
        assert sum(map(len, proposed)) > 30
        for text, edits in zip(given, proposed, strict=True):
            for start, end, new in edits:
                if text.value[start:end].lower() in ("a", "an"):
                    continue
                assert start == end
                assert start in [word[0] for word in text.words]
                assert new[:-1].isalpha() and new.endswith(" ") if language == "en" else len(new) == 2


def test_forms_of_the_word_and_opposites_do_not_come_in() -> None:
    def fitting(standing: str, *offered: str, **parameters: Any) -> list[str]:
        words = step("bert", **parameters)._words("en")
        return [
            one.word
            for one in words.fitting(standing, words.kind("", False), [[Candidate(word, 0.1) for word in offered]])
        ]

    assert fitting("Cards", "card", "cards", "letters") == ["letters"]
    assert fitting("good", "bad", "evil", "great") == ["great"]
    assert fitting("able", "unable", "ready") == ["ready"]
    assert fitting("good", "bad", "great", antonyms=True) == ["bad", "great"]


def test_no_word_comes_in_that_the_text_has_already() -> None:
    value = "My card payment was declined, and my bank says that a transfer of money to another account is possible."
    found = {
        apply(value, edits)[start : start + len(new)].lower()
        for number in range(60)
        if (edits := step("bert", top_k=1000, min=1, max=1).edit(Text(value), Rng(str(number))))
        for start, _, new in edits[-1:]
    }
    assert len(found) > 20
    assert not found & {"card", "payment", "bank", "transfer", "money", "account"}


def test_parts_of_speech_are_those_of_the_words() -> None:
    words = step("bert")._words("en")
    kinds = {ENGLISH[one.start : one.end]: one.kind.tag for one in words.holes(Text(ENGLISH), False)}
    assert kinds == {"payment": "NN", "new": "JJ", "card": "NN"}
    nouns = {token.word for token in words.fits(Kind("NN", False), words.filler.tokens)}
    assert nouns >= {"bank", "money"}
    assert not nouns & {"banks", "go", "new", "the", "london", "not"}
    loose = step("bert", same_pos=False)._words("en")
    assert {one.kind.tag for one in loose.holes(Text(ENGLISH), True)} == {"any"}


def test_probable_words_are_drawn_and_improbable_ones_are_not() -> None:
    value = "My new card has not arrived."
    place = hole(value, "card")
    answers = [[Candidate(word, share) for word, share in (("ax", 0.5), ("bx", 0.05), ("cx", 0.01), ("dx", 0.0001))]]

    def options(**parameters: Any) -> dict[str, float]:
        made = step("bert", **parameters)
        return made._best(made._words("en"), Text(value), place, answers, set())

    assert list(options(min_probability=0.001, top_k=2)) == ["ax", "bx"]
    assert list(options(min_probability=0.02)) == ["ax", "bx"]
    assert not options(min_probability=0.6)
    shares = {}
    for temperature in (0.5, 1.0, 2.0):
        made = MaskedLm(temperature=temperature)
        drawn = [made._draw({"a": 0.5, "b": 0.05, "c": 0.01}, Rng(str(number))) for number in range(2000)]
        shares[temperature] = drawn.count("a") / 2000
    assert shares[0.5] > 0.97
    assert shares[1.0] == pytest.approx(0.5 / 0.56, abs=0.03)
    assert shares[2.0] < 0.75


def test_a_draw_stays_when_probabilities_hardly_change() -> None:
    answers = {"x": 0.2, "b": 0.1999, "z": 0.1, "a": 0.05}
    nearly = {"b": 0.2001, "x": 0.2, "z": 0.1001, "a": 0.0499}
    drawn = [[MaskedLm()._draw(some, Rng(str(number))) for number in range(500)] for some in (answers, nearly)]
    assert sum(one == other for one, other in zip(*drawn, strict=True)) > 495


def test_batches_hold_their_share_and_all_texts_once() -> None:
    lengths = [3, 50, 7, 7, 120, 1, 0]
    made = list(batches(lengths, 100))
    assert sorted(number for batch in made for number in batch) == list(range(len(lengths)))
    assert made[0] == [4]
    assert all(len(batch) == 1 or len(batch) * max(lengths[number] for number in batch) <= 100 for batch in made)


def test_too_little_memory_halves_the_batch() -> None:
    sizes = []

    def work(items: list[int]) -> list[int]:
        sizes.append(len(items))
        if len(items) > 3:
            raise torch.cuda.OutOfMemoryError
        return [10 * item for item in items]

    assert halving(work, list(range(10))) == [10 * item for item in range(10)]
    assert sizes == [10, 5, 2, 3, 5, 2, 3]
    with pytest.raises(torch.cuda.OutOfMemoryError):
        halving(lambda items: work([*items, 0, 0, 0]), [1])


@pytest.mark.parametrize("precision", ["bfloat16", "int8"])
def test_other_precisions_fill_much_the_same(precision: Any) -> None:
    value = "My new card has not arrived."
    question = [Query(value, "", (hole(value, "card"),))]
    exact, rough = (
        {one.word: one.probability for one in filler("bert", precision=how).fill(question, 10**6)[0][0][0]}
        for how in ("float32", precision)
    )
    common = exact.keys() & rough.keys()
    assert len(common) > 1000
    assert sum(abs(exact[word] - rough[word]) for word in common) < 0.2


# ---- what goes wrong is told before a run


def headless(folder: Path) -> None:
    transformers.AutoModel.from_pretrained(masked_lm_folder("bert")).save_pretrained(folder)
    wordpiece().save_pretrained(folder)


def unmasked(folder: Path) -> None:
    model = transformers.AutoModelForMaskedLM.from_pretrained(masked_lm_folder("bert"))
    model.save_pretrained(folder)
    tokenizer = wordpiece()
    tokenizer.mask_token = None
    tokenizer.save_pretrained(folder)


def cut_off(folder: Path) -> None:
    for file in masked_lm_folder("bert").iterdir():
        content = file.read_bytes()
        (folder / file.name).write_bytes(content[: len(content) // 2] if file.suffix == ".safetensors" else content)


def causal(folder: Path) -> None:
    config = transformers.GPT2Config(n_embd=32, n_layer=1, n_head=1, vocab_size=len(wordpiece()))
    transformers.GPT2LMHeadModel(config).save_pretrained(folder)
    wordpiece().save_pretrained(folder)


def without_tokenizer(folder: Path) -> None:
    transformers.AutoModelForMaskedLM.from_pretrained(masked_lm_folder("bert")).save_pretrained(folder)


def another_tokenizer(folder: Path) -> None:
    without_tokenizer(folder)
    tokenizer = wordpiece(lowercase=False)
    tokenizer.add_tokens([f"word{number}" for number in range(3000)])
    tokenizer.save_pretrained(folder)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda folder: None, "is no model: it has no config.json"),
        (headless, "lacks the weights cls.predictions"),
        (unmasked, "has no mask token"),
        (cut_off, "is no masked language model that can be loaded"),
        (causal, "is no masked language model that can be loaded"),
        (without_tokenizer, "there is no tokenizer in"),
        (another_tokenizer, "has more tokens than the model"),
    ],
)
def test_a_model_that_cannot_fill_is_refused(tmp_path: Path, spoil: Any, says: str) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    spoil(folder)
    with pytest.raises(ResourceError, match=says):
        MaskedLm(model=str(folder), device="cpu").setup("en")


@pytest.mark.parametrize(
    ("parameters", "code", "says"),
    [
        ("{model: no/such-model}", 4, "hf download no/such-model"),
        ("{model: ./nowhere}", 4, "there is no folder"),
        ("{device: cuda}", 4, "device cuda: torch sees no GPUs here"),
        ("{device: gpu}", 2, "device"),
        ("{masking: some}", 2, "allowed: none, joint"),
        ("{temperature: 0}", 2, "more than 0"),
    ],
)
def test_bad_parameters_are_found_by_check(tmp_path: Path, parameters: str, code: int, says: str) -> None:
    if "cuda" in parameters and torch.cuda.is_available():
        pytest.skip("there is a GPU")
    done = called("check", write_config(tmp_path, f"{{a: {{steps: [masked_lm: {parameters}]}}}}"), cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert says in done.stderr.decode()


def test_labels_and_languages_are_found_by_check(tmp_path: Path) -> None:
    (tmp_path / "d.jsonl").write_text('{"text": "a"}\n')
    file = write_config(tmp_path, "{a: {steps: [masked_lm: {label: true}]}}", input="{path: d.jsonl, text: text}")
    done = called("check", file, cwd=tmp_path)
    assert (done.returncode, b"name the column in input.label" in done.stderr) == (2, True)
    file = write_config(tmp_path, "{a: {steps: [masked_lm]}}", input="{path: d.jsonl, text: text, language: de}")
    done = called("check", file, cwd=tmp_path)
    assert (done.returncode, b"of en and zh; for 'de', set `model`" in done.stderr) == (2, True)


def test_a_missing_package_is_told_with_its_extra() -> None:
    with pytest.raises(ResourceError, match=r"pip install 'augcli\[models\]'"):
        need("a-package-that-nobody-has")


def test_devices() -> None:
    assert device("cpu") == torch.device("cpu")
    assert device("auto").type == ("cuda" if torch.cuda.is_available() else "cpu")
    with pytest.raises(ResourceError, match="cuda:99"):
        device("cuda:99")


@pytest.mark.slow
def test_outputs_do_not_depend_on_workers_and_can_be_replayed(tmp_path: Path) -> None:
    given = {"path": "sample_data/banking77.jsonl", "label": "label", "id": "id"}
    chains = {
        "m": {
            "variants": 2,
            "steps": [
                {"masked_lm": {"model": str(masked_lm_folder("bert")), "min_probability": 0.0, "min_similarity": -1}}
            ],
        }
    }
    outputs = []
    for workers in (1, 2):
        folder = tmp_path / str(workers)
        folder.mkdir()
        engine = {"workers": workers, "chunk_rows": 40, "device": "cpu"}
        output, outcome = run_in(folder, given, "m.jsonl", chains=chains, limit=100, engine=engine)
        outputs.append(output.read_bytes())
        assert outcome.counts.variants > 150
    assert outputs[0] == outputs[1]
    assert called("verify", output, cwd=Path.cwd()).returncode == 0
    report = json.loads((output.parent / "m.report.json").read_bytes())
    model = next(one for one in report["resources"] if one["name"] == "masked language model")
    assert len(model["sha256"]) == 64
    assert len(rows(output)) == outcome.counts.variants + 100


# ---- the model that comes along


@cache
def own_words() -> Any:
    return MaskedLm(device="cpu")._words("en")


def expected(before: str, after: str) -> list[str]:
    """What the model that comes along expects between two parts of a text."""
    value = f"{before} thing {after}".strip()
    start = len(before) + 1
    filled = own_words().filler.fill([Query(value, "", (MaskSlot(start, start + 5, Kind("any", False), True),))], 20)
    return [one.word for one in filled[0][0][0]]


@pytest.mark.parametrize(
    ("before", "after", "one_of"),
    [
        ("I would like to", "a table for two at a restaurant", {"book", "reserve"}),
        ("what will the", "be like tomorrow in Paris", {"weather", "forecast", "temperature"}),
        ("please", "this song to my playlist", {"add", "send"}),
        ("I forgot my password and need to", "it", {"change", "reset", "find"}),
        ("my card was declined and I want my", "back", {"money", "refund", "cash"}),
        ("she is a doctor and works in a", "", {"hospital", "clinic", "lab", "laboratory", "school"}),
    ],
)
def test_the_model_that_comes_along_expects_sensible_words(before: str, after: str, one_of: set[str]) -> None:
    assert one_of & set(expected(before, after)[:5])


def test_the_model_that_comes_along_beats_the_unigrams_by_far() -> None:
    import numpy as np

    from augcli.commands.adapt.corpus import LabelledText, Masking, batches, read
    from augcli.commands.adapt.start import log_shares
    from augcli.commands.adapt.training import measure, measure_unigram

    model = own_words().filler
    given = (LabelledText(text, "") for text in texts("en")[::10])
    _, corpus = read(given, model.tokenizer, 200, {"": 0}, 1.0)
    rng, masking = np.random.default_rng(0), Masking.of(model.tokenizer, [""], 0.15)
    masked = [masking(corpus, numbers, rng, plain=True) for numbers in batches(corpus.lengths, 2048, rng)]
    found, unigram = measure(model._model, masked), measure_unigram(log_shares(corpus.counts(16000)), masked)
    assert found.top1 > 3 * unigram.top1
    assert found.perplexity < unigram.perplexity / 4


def test_the_model_that_comes_along_stays_near_the_meaning() -> None:
    given = ["I bought something in another country", "What movies are on at the nearest theatre?"]
    rngs = [Rng(str(number)) for number in range(12)]
    made = [MaskedLm(device="cpu", top_k=4, rate=0.2).edit_batch([Text(text)] * 12, rngs) for text in given]
    came = [{new for edits in some for *_, new in edits} for some in made]
    assert came[0] & {"purchased"}
    assert came[1] & {"films", "closest"}
    assert not came[0] & {"sold", "something"}


def test_the_model_that_comes_along_is_small_and_says_where_it_is_from() -> None:
    folder = MASKED_LM.path().parent
    assert sum(file.stat().st_size for file in folder.iterdir()) < 20_000_000
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "CC BY-SA 4.0" in card
    assert "all-MiniLM-L6-v2" in card


def test_the_chinese_model_that_comes_along_knows_which_words_fit() -> None:
    step = MaskedLm(rate=1.0, device="cpu")
    text = Text("请问附近有什么餐馆吗？", "zh")
    made = {apply(text.value, step.edit(text, Rng(str(number)))) for number in range(20)}
    assert made & {"请问附近有什么餐厅吗？", "请问附近有什么饭馆吗？"}
    joint = MaskedLm(rate=1.0, masking="joint", device="cpu")
    assert len({apply(text.value, joint.edit(text, Rng(str(number)))) for number in range(20)}) > 5
