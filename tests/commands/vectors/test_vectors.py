from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from augcli.commands.vectors.command import vectors
from augcli.commands.vectors.corpus import LONGEST, write_words
from augcli.commands.vectors.result import VectorsResult
from augcli.config.config import Options
from augcli.config.load import load_training
from augcli.config.sections import Input
from augcli.config.vectors import VectorsConfig
from augcli.errors import ConfigError, DataError, ResourceError
from augcli.language.vector_files import sub_word_vectors
from augcli.language.vectors import Vectors, load
from augcli.models.vocabulary import load_vocabulary
from augcli.text.record import Record
from tests.support.helpers import CROSSWOZ, ROOT, augcli
from tests.support.running import called, run_in

BANKING = ROOT / "sample_data" / "banking77.jsonl"


def config_in(folder: Path, rows: dict[str, Any] | None = None, **keys: Any) -> Path:
    """A config in `folder` that trains on the English sample."""
    said = {
        "seed": 3,
        "input": {"path": str(BANKING), "text": "text", **(rows or {})},
        "vectors": {"output": str(folder / "words.vec"), "dimensions": 24, **keys},
    }
    file = folder / "vectors.yaml"
    file.write_text(json.dumps(said), encoding="utf-8")
    return file


def trained_in(folder: Path, rows: dict[str, Any] | None = None, **keys: Any) -> VectorsResult:
    folder.mkdir(exist_ok=True)
    return vectors(load_training(VectorsConfig, config_in(folder, rows, **keys)), Options(quiet=True))


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> VectorsResult:
    """Vectors of word2vec from random ones."""
    return trained_in(tmp_path_factory.mktemp("words"))


def read(result: VectorsResult) -> Vectors:
    return load(Path(str(result.output.path)), None, Path(str(result.output.path)).parent / "cache")


def vector(found: Vectors, word: str) -> NDArray[np.float32]:
    place = found.place(word)
    assert place is not None
    return np.asarray(found.matrix[place])


def test_vectors_have_learnt_and_are_read(words: VectorsResult, tmp_path: Path) -> None:
    found = read(words)
    assert found.matrix.shape == (words.trained, 24)
    assert found.words[0] == "i"  # the most frequent first
    assert words.held_out
    assert words.held_out.nearer is not None
    assert words.held_out.nearer > 0.6
    assert 0 < words.held_out.unknown < 0.1
    assert words.texts + words.held_out.texts == 1000
    report = json.loads((Path(str(words.output.path)).parent / "words.vec.report.json").read_bytes())
    assert report["vectors"] == {"words": words.trained, "kept_from_start": 0, "dimensions": 24}
    assert report["inputs"][0]["rows"] == 1000
    assert [other for other, _ in report["neighbours"]["fee"]][:3] == [other for other, _ in words.neighbours["fee"]][
        :3
    ]
    assert "words are few to learn vectors from anew" in words.summary()
    file = str(words.output.path)
    _, outcome = run_in(
        tmp_path,
        {"path": str(BANKING)},
        "out.jsonl",
        chains={"a": {"steps": [{"embedding": {"vectors": file, "rate": 0.1}}]}},
        limit=20,
    )
    assert outcome.counts.variants > 10
    assert load_vocabulary(file).knows("Transfer")


def test_the_same_twice(words: VectorsResult, tmp_path: Path) -> None:
    assert trained_in(tmp_path).output.sha256 == words.output.sha256


@pytest.mark.slow
def test_the_same_twice_whatever_the_hash_seed(words: VectorsResult, tmp_path: Path) -> None:
    done = augcli("vectors", config_in(tmp_path), cwd=tmp_path, env={"PYTHONHASHSEED": "5"})
    assert done.returncode == 0, done.stderr
    assert b"nothing was learnt" in done.stderr
    assert not done.stdout
    assert (tmp_path / "words.vec").read_bytes() == Path(str(words.output.path)).read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == ["vectors.yaml", "words.vec", "words.vec.report.json"]


def test_vectors_to_begin_with(tmp_path: Path) -> None:
    start = tmp_path / "start.txt"
    start.write_text("card 1 0 0\nzebra 0 1 0\nmoney 0.6 0 0.8\n", encoding="utf-8")
    result = trained_in(tmp_path, start=str(start), dimensions=3, min_count=9)
    found = read(result)
    assert (result.kept, found.words[-1], result.start and result.start["from"]) == (1, "zebra", "your own")
    np.testing.assert_allclose(vector(found, "zebra"), [0, 1, 0])
    assert not result.notes
    near, far = (float(vector(found, "card") @ np.array(given)) for given in ([1, 0, 0], [0, 1, 0]))
    assert near > 0.9 > far
    assert near < 1
    rare = trained_in(tmp_path / "rare", start=str(start), dimensions=3, min_count=10_000)
    assert sorted(read(rare).words) == ["card", "money", "zebra"]  # start has them, whatever min_count says


def test_fasttext_with_sub_words(tmp_path: Path) -> None:
    result = trained_in(tmp_path, output=str(tmp_path / "f.bin"), method="fasttext", buckets=500, epochs=3)
    found = sub_word_vectors(tmp_path / "f.bin")
    assert found.get_vector("transferringly").shape == (24,)  # a word that nobody wrote
    assert len(read(result).words) == result.trained
    text = trained_in(tmp_path / "text", method="fasttext", buckets=500, epochs=3)
    first, second = read(result), read(text)
    assert first.words == second.words
    np.testing.assert_allclose(first.matrix, second.matrix, atol=2e-6)


def test_chinese_words_in_binary(tmp_path: Path) -> None:
    rows = {"path": str(CROSSWOZ), "language": "zh"}
    result = trained_in(tmp_path, rows, output=str(tmp_path / "zh.bin"), epochs=1)
    assert read(result).place("酒店") is not None


def test_long_texts_and_tokens_with_blanks(tmp_path: Path) -> None:
    long = Record("1", ("a " * (LONGEST + 5),))
    tokens = Record("2", ("New York is",), tokens=((0, 8), (9, 11)))
    training, aside = write_words([long, tokens], Input(path="t.jsonl", text="text"), 0, tmp_path)
    assert [len(text) for text in training] == [LONGEST, 5, 3]
    assert [*training][2] == ["new", "york", "is"]
    assert not aside.texts


@pytest.mark.parametrize(
    ("keys", "kind", "message"),
    [
        ({"output": "a.npz"}, ConfigError, r"vectors\.output: expected .* \.vec, \.txt or \.bin"),
        ({"output": "s3://a/b.vec"}, ConfigError, "not to a URL"),
        ({"limit": 3}, ConfigError, r"vectors\.limit: this goes with vectors\.start"),
        ({"sub_words": [3, 6]}, ConfigError, r"vectors\.sub_words: this goes with method: fasttext"),
        ({"method": "fasttext", "sub_words": [3, 2]}, ConfigError, "the fewest and the most characters"),
        ({"start": "none.vec"}, ResourceError, r"none\.vec cannot be read"),
        ({"start": "english-vectors"}, ConfigError, "has 96 dimensions; leave out dimensions"),
        ({"start": "chinese-vectors"}, ConfigError, "words of language 'zh', and the input is in 'en'"),
        ({"min_count": 10_000}, DataError, r"no word is found 10000 times in the 9\d\d texts to train with"),
    ],
)
def test_what_does_not_fit(tmp_path: Path, keys: dict[str, Any], kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        trained_in(tmp_path, **keys)
    assert not list(tmp_path.glob("*.vec"))


def test_a_file_that_is_there_stays(tmp_path: Path) -> None:
    config = config_in(tmp_path)
    (tmp_path / "words.vec").write_text("mine\n")
    assert b"use --overwrite" in called("vectors", config, cwd=tmp_path).stderr
    assert b"it is for `augcli vectors" in called("run", config, cwd=tmp_path).stderr
    for right in (config, ROOT / "configs" / "vectors.yaml"):
        assert b"the config is right" in called("check", right, cwd=tmp_path).stderr
    assert (tmp_path / "words.vec").read_text() == "mine\n"
