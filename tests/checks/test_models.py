"""Scores of networks: small ones with known sums, and the one that comes along."""

from __future__ import annotations

from functools import cache
from math import exp, log
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from pydantic import ValidationError

from augcli.checks.models import Perplexity, Similarity
from augcli.errors import ResourceError
from augcli.models.perplexity import LanguageModel

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from tests.support.tiny_models import WINDOW, byte_pairs, masked_lm_folder  # noqa: E402

TEXTS = ["where is my card", "my card", "a" + " card" * 200, ""]


@cache
def causal_folder() -> Path:
    folder = Path(mkdtemp(prefix="augcli-gpt2-"))
    torch.manual_seed(0)
    tokenizer = byte_pairs()
    tokenizer.bos_token = tokenizer.cls_token
    config = transformers.GPT2Config(
        n_embd=32, n_layer=2, n_head=2, vocab_size=len(tokenizer), n_positions=WINDOW, bos_token_id=0, eos_token_id=2
    )
    model: Any = transformers.GPT2LMHeadModel(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def test_a_causal_model_tells_each_token_by_those_before_it() -> None:
    told = LanguageModel.load(causal_folder(), "cpu", "float32").log_probabilities(TEXTS)
    tokenizer = transformers.AutoTokenizer.from_pretrained(causal_folder())
    model = transformers.AutoModelForCausalLM.from_pretrained(causal_folder()).eval()
    tokens = tokenizer(TEXTS[0], add_special_tokens=False)["input_ids"]
    likely, read = 0.0, [tokenizer.bos_token_id]
    for token in tokens:
        with torch.inference_mode():
            likely += float(model(torch.tensor([read])).logits[0, -1].log_softmax(-1)[token])
        read.append(token)
    assert told[0] == pytest.approx(likely, abs=1e-3)
    assert told[2] < told[1] < 0 == told[3]


@pytest.mark.parametrize("kind", ["bert", "roberta", "albert"])
def test_a_masked_model_tells_each_token_without_the_rest_of_its_word(kind: str) -> None:
    folder = masked_lm_folder(kind)
    told = LanguageModel.load(folder, "cpu", "float32").log_probabilities(["unbelievable card", *TEXTS])
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.AutoModelForMaskedLM.from_pretrained(folder).eval()
    encoded = tokenizer("unbelievable card")
    words, tokens, likely = encoded.word_ids(), encoded["input_ids"], 0.0
    for at, word in enumerate(words):
        if word is not None:
            read = [
                tokenizer.mask_token_id if here == word and place >= at else token
                for place, (token, here) in enumerate(zip(tokens, words, strict=True))
            ]
            with torch.inference_mode():
                likely += float(model(torch.tensor([read])).logits[0, at].log_softmax(-1)[tokens[at]])
    assert len([word for word in words if word == 0]) > 1
    assert told[0] == pytest.approx(likely, abs=1e-3)
    assert told[-1] == 0


def test_perplexity_is_for_each_word_and_relative() -> None:
    check = Perplexity(model=str(causal_folder()))
    check.setup("en")
    first, second = LanguageModel.load(causal_folder(), "cpu", "auto").log_probabilities(
        ["my card", "where is my card"]
    )
    [score] = check.scores(["my card"], ["where is my card"])
    assert log(score) == pytest.approx(first / 2 - second / 4, abs=1e-4)
    assert check.scores(["my card"], ["my card"]) == [1]
    assert check.scores(["my card"], ["where is my card"]) == [pytest.approx(score)]
    assert 0 < check.scores([""], ["?" * 5000])[0] <= exp(20)


def test_what_is_no_language_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResourceError, match="no language model"):
        LanguageModel.load(tmp_path, "cpu", "float32")
    transformers.T5Config(d_model=8).save_pretrained(tmp_path)
    with pytest.raises(ResourceError, match="is a t5: perplexity needs a causal or a masked"):
        LanguageModel.load(tmp_path, "cpu", "float32")


def test_models_that_come_along_know_good_english() -> None:
    texts = ["My card has not arrived yet.", "I would like to change my address, please."]
    mixed = ["card not My yet arrived has.", "address, like please to would change I my."]
    perplexity, similarity = Perplexity(), Similarity()
    perplexity.setup("en")
    similarity.setup("en")
    assert min(perplexity.scores(texts, mixed)) > 3
    near, far = similarity.scores([texts[0]] * 2, ["My card has still not arrived.", texts[1]])
    assert far < 0.8 < near < 1
    assert similarity.scores(texts, texts) == [1, 1]
    assert similarity.scores([""], ["something"])[0] < 1


def test_bounds_that_no_score_reaches_are_errors() -> None:
    for kind, bounds in ((Similarity, {"min": 2}), (Perplexity, {"max": 0})):
        with pytest.raises(ValidationError):
            kind.model_validate(bounds)


@pytest.mark.parametrize("kind", [Perplexity, Similarity])
def test_another_language_needs_another_model(kind: type[Perplexity | Similarity]) -> None:
    assert "set `model" in (kind().config_error("de", ()) or "")
    assert kind(model="some/model").config_error("de", ()) is None
    assert kind().config_error("zh", ()) is None
