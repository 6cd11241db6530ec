"""TF-IDF replacement: the equations of UDA, the statistics they need, and runs that fit them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from math import exp, log
from pathlib import Path
from typing import Any

import pytest

from augcli.errors import ConfigError, ResourceError
from augcli.language.word_statistics import Statistics, load
from augcli.run import run as run_module
from augcli.steps.replacement.tfidf import TfIdf
from augcli.text.edits import apply
from augcli.text.rng import Rng
from augcli.text.text import Text
from tests.support.helpers import CROSSWOZ, SNIPS, augcli, fit, rows, write_config
from tests.support.running import called, run_in, written

FILMS = ("the film was great", "the film was awful", "the acting was great fun", "a dull film")
"""The corpus of the worked vector."""
DRAWS = 20_000


@pytest.fixture
def step_on(tmp_path: Path) -> Any:
    """A step with the statistics of some texts."""

    def made(texts: Iterable[str] = FILMS, language: str = "en", **parameters: Any) -> TfIdf:
        file = tmp_path / "fitted.tsv"
        file.write_bytes(fit(Text(text, language) for text in texts).dump())
        return TfIdf.model_validate({"statistics": str(file), **parameters})

    return made


def probabilities(step: TfIdf, text: str) -> dict[str, float]:
    chances = step.prepare([Text(text)])[0]
    hazards = [0.0, *chances.hazards]
    return {word: 1 - exp(low - high) for (_, word), (low, high) in zip(chances.words, pairwise(hazards), strict=True)}


def incoming(step: TfIdf) -> dict[str, float]:
    table = step._table("en")
    weights = [high - low for low, high in pairwise(table.upto)]
    return {word: weight / table.upto[-1] for word, weight in zip(table.words, weights, strict=True)}


def outcomes(step: TfIdf, text: str, language: str = "en", draws: int = DRAWS) -> list[str]:
    source = Text(text, language)
    edits = step.edit_batch([source] * draws, [Rng(f"{number}") for number in range(draws)])
    return [apply(text, made) for made in edits]


def approx(values: dict[str, float]) -> Any:
    return pytest.approx(values, abs=5e-7)


def test_worked_vector_idf(step_on: Any) -> None:
    idf = dict.fromkeys(("film", "the", "was"), 0.287682) | {"great": 0.693147}
    assert step_on()._table("en").idf == approx(dict.fromkeys(("awful", "acting", "fun", "a", "dull"), 1.386294) | idf)


def test_worked_vector_replaced(step_on: Any) -> None:
    assert probabilities(step_on(rate=0.3), FILMS[0]) == approx({"the": 0.4, "film": 0.4, "was": 0.4})
    assert probabilities(step_on(rate=0.9), FILMS[0]) == approx({"the": 1.0, "film": 1.0, "was": 1.0})


def test_worked_vector_sampling(step_on: Any) -> None:
    assert incoming(step_on(sampling="paper")) == approx({"film": 1 / 3, "the": 1 / 3, "was": 1 / 3})
    code = {"the": 0.189039, "was": 0.189039, "film": 0.161227, "acting": 0.134020, "fun": 0.134020}
    assert incoming(step_on(sampling="code")) == approx(code | {"great": 0.108891, "awful": 0.083763})


def test_words_are_replaced_each_by_itself(step_on: Any) -> None:
    words = [text.split() for text in outcomes(step_on(rate=0.3, sampling="code"), FILMS[0])]
    before = FILMS[0].split()
    replaced = Counter(tuple(old != new for old, new in zip(before, after, strict=True)) for after in words)
    for pattern in [(a, b, c, False) for a in (True, False) for b in (True, False) for c in (True, False)]:
        expected = 0.4 ** sum(pattern) * 0.6 ** (3 - sum(pattern))
        assert replaced.pop(pattern) / DRAWS == pytest.approx(expected, abs=0.01)
    assert not replaced, "the word with the highest score was replaced"


def test_words_that_come_in_are_drawn_by_weight(step_on: Any) -> None:
    step = step_on(rate=0.9, sampling="code")
    weights = incoming(step)
    after = [text.split() for text in outcomes(step, FILMS[0])]
    for place, old in enumerate(FILMS[0].split()[:3]):
        drawn = Counter(words[place] for words in after)
        assert old not in drawn
        expected = {word: weight / (1 - weights[old]) for word, weight in weights.items() if word != old}
        assert {word: count / DRAWS for word, count in drawn.items()} == pytest.approx(expected, abs=0.01)


class Fixed(Rng):
    """Draws what it is told."""

    def __init__(self, draw: int) -> None:
        super().__init__("")
        self.draw, self.asked = draw, 0

    def randbelow(self, n: int) -> int:
        self.asked = n
        return self.draw


@pytest.mark.parametrize("word", ["the", "film", "awful", "unheard"])
def test_every_draw_leads_to_another_word_and_as_many_to_each_as_its_weight(step_on: Any, word: str) -> None:
    table = step_on(sampling="code")._table("en")
    done = 0
    for place, other in enumerate(table.words):
        if other != word:
            weight = table.upto[place + 1] - table.upto[place]
            assert [table.other(word, Fixed(draw)) for draw in (done, done + weight - 1)] == [other, other]
            done += weight
    asked = Fixed(0)
    table.other(word, asked)
    assert asked.asked == done


NOTHING = {
    "one word": (FILMS, "film"),
    "a word again and again": (FILMS, "film film FILM Film"),
    "equal scores": (FILMS, "the film was"),
    "equal but for rounding": (FILMS, "great great dull"),
    "words in every document": (["a film", "film a"], "a film"),
    "one document": (["the film was great"], "the film was great"),
    "no document": ([], "the film was great"),
    "documents without words": (["", " ?! "], "the film was great"),
    "no word": (FILMS, " ... "),
    "nothing": (FILMS, ""),
    "no other word": (["alpha beta", "alpha 1", "2 3"], "alpha 9 9 9"),
}


@pytest.mark.parametrize("sampling", ["paper", "code"])
@pytest.mark.parametrize("name", NOTHING)
def test_nothing_is_replaced(step_on: Any, name: str, sampling: str) -> None:
    corpus, value = NOTHING[name]
    rng = Rng("key")
    assert step_on(corpus, rate=1.0, sampling=sampling).edit(Text(value), rng) == []
    assert not rng.used


def test_rate_0_replaces_nothing(step_on: Any) -> None:
    assert step_on(rate=0.0).edit(Text(FILMS[0]), Rng("key")) == []


def test_an_unseen_word_counts_as_one_of_a_single_document(step_on: Any) -> None:
    score, unseen = log(4 / 3) / 4, log(4) / 4
    total = (2 * (unseen - score) + unseen - log(2) / 4) / 4
    expected = {"the": 0.2 * (unseen - score) / total, "great": 0.2 * (unseen - log(2) / 4) / total}
    assert probabilities(step_on(rate=0.2), "the film zyzzyva great") == approx({**expected, "film": expected["the"]})
    assert set(outcomes(step_on(rate=0.9), "xyz zyx", draws=50)) == {"xyz zyx"}


def test_case_is_kept(step_on: Any) -> None:
    step = step_on(rate=1.0)
    assert set(outcomes(step, "The film WAS great", draws=200)) > {"Film the THE great", "Was was FILM great"}
    assert {text.split()[0] for text in outcomes(step, "tHE film was great", draws=50)} == {"film", "was"}


def test_negations_stay_and_none_comes_in(step_on: Any) -> None:
    step = step_on(["not the film", "the not film", "the film not dull", "nothing"], rate=1.0, sampling="code")
    assert "not" not in incoming(step)
    texts = outcomes(step, "Not the film dull DON'T", draws=300)
    assert {(text.split()[0], text.split()[-1]) for text in texts} == {("Not", "DON'T")}
    assert len(set(texts)) > 1


def test_protected_words_stay_but_count(step_on: Any) -> None:
    step, value = step_on(rate=0.3), FILMS[0]
    chances = step.prepare([Text(value, protected=[(4, 8), (13, 18)])])[0]
    assert [word for _, word in chances.words] == ["the", "was"]
    assert chances.hazards[0] == pytest.approx(-log(0.6))


def test_only_words_of_letters_come_in(step_on: Any) -> None:
    corpus = ["the 21 don't b2b e-mail café фильм 好 naïve the", "the the", "other"]
    assert incoming(step_on(corpus, sampling="code")).keys() <= {"the", "café", "naïve", "other"}
    russian = step_on(["film фильм был", "фильм был", "был"], "ru", sampling="code")._table("ru")
    assert set(russian.words) <= {"фильм", "был"}
    hindi = step_on(["मुझे नहीं पता", "पता कहाँ 3", "है है कहाँ"], "hi", sampling="code")._table("hi")
    assert "पता" in hindi.words


def test_chinese(step_on: Any) -> None:
    corpus = ["这部电影很好看", "这部电影不好看 ok", "我喜欢这部电影2次", "演员很好", "我们去看电影"]
    step = step_on(corpus, "zh", rate=0.9, sampling="code")
    words = step._table("zh").words
    assert {"电影", "我"} <= set(words)
    assert not {word for word in words if not all("一" <= char <= "鿿" for char in word)}
    assert not [word for word in words if "不" in word]
    texts = set(outcomes(step, "这部电影不好看", "zh", draws=100))
    assert len(texts) > 1
    assert all(text.count("不") == 1 for text in texts)


def test_statistics_are_counts_and_come_back_exactly(tmp_path: Path) -> None:
    found = fit(map(Text, ["The the film", "", "a film 0.5"]))
    assert found.texts == 3
    assert found.documents == {"the": 1, "film": 2, "a": 1, "0.5": 1}
    assert found.tokens == {"the": 2, "film": 2, "a": 1, "0.5": 1}
    assert found.shares == {"the": 1 / 3 + 1 / 3, "film": 1 / 3 + 1 / 3, "a": 1 / 3, "0.5": 1 / 3}
    (tmp_path / "s.tsv").write_bytes(found.dump())
    assert load(tmp_path / "s.tsv") == found
    assert (tmp_path / "s.tsv").read_text().splitlines()[:6] == [
        "augcli statistics 1",
        "texts\t3",
        "words\t4",
        "word\tdocuments\ttokens\tshares",
        "film\t2\t2\t0.6666666666666666",
        "0.5\t1\t1\t0.3333333333333333",
    ]


def test_a_file_that_windows_rewrote_is_read(tmp_path: Path) -> None:
    (tmp_path / "s.tsv").write_bytes(fit(map(Text, FILMS)).dump())
    changed = b"\xef\xbb\xbf" + (tmp_path / "s.tsv").read_bytes().replace(b"\n", b"\r\n")
    (tmp_path / "t.tsv").write_bytes(changed)
    assert load(tmp_path / "t.tsv") == load(tmp_path / "s.tsv")


def test_the_rarest_words_are_left_out_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("augcli.language.word_statistics.WORDS", 20)
    texts = [f"the film{' was' * (number % 2)} w{number}" for number in range(100)]
    found = fit(map(Text, texts))
    assert {"the": 100, "film": 100, "was": 50}.items() <= found.documents.items()
    assert len(found.documents) <= 20
    assert found.documents.keys() == found.tokens.keys() == found.shares.keys()
    assert found.texts == 100


HEAD = "augcli statistics 1\ntexts\t4\nwords\t1\nword\tdocuments\ttokens\tshares\n"
BAD_FILES = {
    "empty": ("", ":1: these are no word statistics"),
    "another format": ("the\t1\n", ":1: these are no word statistics"),
    "another version": (HEAD.replace(" 1", " 2", 1), ":1: these are no word statistics, or not of this version"),
    "too few columns": (HEAD + "the\t1\t1\n", r":5: expected word, documents, tokens and shares .* got 'the\\t1\\t1'"),
    "no word": (HEAD + "\t1\t1\t0.5\n", ":5: expected word"),
    "no number": (HEAD + "the\tx\t1\t0.5\n", ":5: .*'x'"),
    "no texts with it": (HEAD + "the\t0\t1\t0.5\n", ":5: impossible numbers for a word in 4 texts"),
    "too many texts with it": (HEAD + "the\t5\t5\t0.5\n", ":5: impossible"),
    "fewer than texts": (HEAD + "the\t2\t1\t0.5\n", ":5: impossible"),
    "no share": (HEAD + "the\t1\t1\tnan\n", ":5: impossible"),
    "too large a share": (HEAD + "the\t1\t1\t1.5\n", ":5: impossible"),
    "a word twice": (HEAD + "the\t1\t1\t0.5\n" * 2, ":6: 'the' stands here a second time"),
    "cut off": (HEAD.replace("words\t1", "words\t2") + "the\t1\t1\t0.5\n", "2 words expected, 1 found"),
    "cut off in a line": (HEAD + "the\t1\t1\t0.5", "1 words expected, 0 found"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_statistics_are_refused(name: str, tmp_path: Path) -> None:
    content, message = BAD_FILES[name]
    (tmp_path / "bad.tsv").write_text(content)
    with pytest.raises(ConfigError, match=rf"bad\.tsv.*{message}"):
        TfIdf.model_validate({"statistics": str(tmp_path / "bad.tsv")}).setup("en")


def test_statistics_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.tsv").write_bytes(HEAD.encode() + b"caf\xe9\t1\t1\t0.5\n")
    with pytest.raises(ConfigError, match=r"latin\.tsv is not UTF-8"):
        load(tmp_path / "latin.tsv")
    with pytest.raises(ResourceError, match=r"none\.tsv cannot be read"):
        load(tmp_path / "none.tsv")
    with pytest.raises(ResourceError, match="no word statistics"):
        TfIdf.model_validate({}).setup("en")


TFIDF = {"a": {"variants": 2, "steps": [{"tfidf": {"rate": 0.2}}]}}
ENGLISH = {"path": str(SNIPS), "label": "label", "id": "id", "spans": "spans"}
CHINESE = {"path": str(CROSSWOZ), "label": "label", "id": "id", "spans": "spans", "language": "zh"}


def test_a_run_fits_its_input(tmp_path: Path) -> None:
    chains = {**TFIDF, "b": {"steps": [{"one_of": ["typo", {"maybe": {"p": 0.5, "steps": ["tfidf"]}}]}]}}
    target, outcome = run_in(tmp_path, ENGLISH, "train.jsonl", chains=chains)
    kinds = ("jsonl", "label_words.tsv", "provenance.jsonl", "report.html", "report.json", "statistics.tsv")
    assert written(tmp_path) == [f"train.{kind}" for kind in kinds]
    statistics = target.with_name("train.statistics.tsv")
    expected = fit(Text(row["text"]) for row in rows(SNIPS))
    assert load(statistics) == expected
    report = json.loads(target.with_name("train.report.json").read_bytes())
    digest = next(sealed.sha256 for sealed in outcome.outputs if sealed.path == statistics)
    assert [entry["sha256"] for entry in report["outputs"] if entry["path"] == str(statistics)] == [digest]
    assert [entry["sha256"] for entry in report["resources"] if entry["name"] == "word statistics"] == [digest]
    assert outcome.counts.work["b"]["tfidf"].edits > 0


@pytest.mark.parametrize("keys", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_runs_are_the_same_and_verify(keys: dict[str, Any], tmp_path: Path) -> None:
    made = set()
    for number, (chunk_rows, workers) in enumerate([(1000, 1), (1, 1), (40, 2)]):
        folder = tmp_path / str(number)
        folder.mkdir()
        sections: dict[str, Any] = {"engine": {"chunk_rows": chunk_rows, "workers": workers}}
        target, _ = run_in(folder, keys, "train.jsonl", chains=TFIDF, limit=100, **sections)
        names = ("train.jsonl", "train.provenance.jsonl", "train.statistics.tsv")
        made.add(tuple(target.with_name(name).read_bytes() for name in names))
        assert called("verify", target, cwd=folder).returncode == 0
    assert len(made) == 1
    assert load(tmp_path / "0/out/train.statistics.tsv").texts == 100
    assert len(rows(tmp_path / "0/out/train.jsonl")) > 250


def test_every_text_column_is_a_document(tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").write_text("a,b\none film,two films\nthree,one\n")
    target, _ = run_in(tmp_path, {"path": str(tmp_path / "pairs.csv"), "text": ["a", "b"]}, "o.csv", chains=TFIDF)
    found = load(target.with_name("o.statistics.tsv"))
    assert (found.texts, found.documents["one"]) == (4, 2)


def test_no_rows(tmp_path: Path) -> None:
    target, _ = run_in(tmp_path, ENGLISH, "train.jsonl", chains=TFIDF, limit=0)
    assert load(target.with_name("train.statistics.tsv")) == Statistics()


def test_an_interrupted_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    sections: dict[str, Any] = {"engine": {"chunk_rows": 30}}
    with monkeypatch.context() as patched:
        patched.setattr(run_module, "join_parts", interrupted)
        with pytest.raises(KeyboardInterrupt):
            run_in(tmp_path, ENGLISH, "train.jsonl", chains=TFIDF, **sections)
    work = tmp_path / "out/.train.jsonl.work"
    assert not (work / "scratch").exists()
    (work / "scratch").mkdir()
    (work / "scratch/statistics.tsv").write_text("half wri")  # as a killed run leaves it
    target, outcome = run_in(tmp_path, ENGLISH, "train.jsonl", chains=TFIDF, **sections)
    assert outcome.resumed == 10
    again, fresh = run_in(tmp_path, ENGLISH, "again.jsonl", chains=TFIDF, **sections)
    assert fresh.resumed == 0
    for name in ("", "provenance.", "statistics."):
        suffix = "tsv" if name == "statistics." else "jsonl"
        files = (path.with_name(f"{path.stem}.{name}{suffix}").read_bytes() for path in (target, again))
        assert len(set(files)) == 1


def test_changed_lexicons_are_another_run(tmp_path: Path) -> None:
    chains = {"a": {"steps": [{"tfidf": {"statistics": "s.tsv"}}, {"misspelling": {"map": "m.tsv"}}]}}
    prints = set()
    for texts, typo in ((FILMS, "flim"), (FILMS, "fillm"), (FILMS[:3], "flim")):
        (tmp_path / "s.tsv").write_bytes(fit(map(Text, texts)).dump())
        (tmp_path / "m.tsv").write_text(f"film\t{typo}\n")
        prints.add(run_in(tmp_path, ENGLISH, "train.jsonl", chains=chains, limit=3)[1].fingerprint)
    assert len(prints) == 3


@pytest.mark.slow
def test_the_program(tmp_path: Path) -> None:
    file = write_config(tmp_path, "{a: {variants: 2, steps: [tfidf]}}")
    done = augcli("run", file, cwd=tmp_path, env={"PYTHONHASHSEED": "1"})
    assert done.returncode == 0, done.stderr
    assert "statistics  out/train.statistics.tsv" in done.stderr.decode()
    statistics = tmp_path / "out/train.statistics.tsv"
    assert augcli("verify", "out/train.jsonl", cwd=tmp_path).returncode == 0
    given = "chains.a.steps=[{tfidf: {statistics: out/train.statistics.tsv}}]"
    again = augcli("run", file, "--set", given, "--output", "b.jsonl", cwd=tmp_path, env={"PYTHONHASHSEED": "2"})
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "b.jsonl").read_bytes() == (tmp_path / "out/train.jsonl").read_bytes()
    assert not (tmp_path / "b.statistics.tsv").exists()
    whole = statistics.read_bytes()
    statistics.write_bytes(whole.replace(b"texts\t300", b"texts\t301"))
    refused = augcli("verify", "out/train.jsonl", cwd=tmp_path)
    assert refused.returncode == 1
    assert "out/train.statistics.tsv: changed since it was written, or missing" in refused.stderr.decode()
    statistics.unlink()
    assert augcli("verify", "out/train.jsonl", cwd=tmp_path).returncode == 1


def test_standing_statistics_are_refused_or_replaced(tmp_path: Path) -> None:
    file = write_config(tmp_path, "{a: {steps: [tfidf]}}")
    statistics = tmp_path / "out/train.statistics.tsv"
    statistics.parent.mkdir()
    statistics.write_text("mine")
    refused = called("run", file, cwd=tmp_path)
    assert refused.returncode == 2
    assert "already there: out/train.statistics.tsv; use --overwrite" in refused.stderr.decode()
    assert "already there" in called("check", file, cwd=tmp_path).stderr.decode()
    assert statistics.read_text() == "mine"
    assert called("run", file, "--set", "chains.a.steps=[blank]", cwd=tmp_path).returncode == 0
    assert called("verify", "out/train.jsonl", cwd=tmp_path).returncode == 0
    assert statistics.read_text() == "mine"
    assert called("run", file, "--overwrite", cwd=tmp_path).returncode == 0
    assert load(statistics).texts == 300


def test_looking_before_a_run_leaves_nothing(tmp_path: Path) -> None:
    file = write_config(tmp_path, "{a: {steps: [tfidf]}}")
    for command in ("check", "plan", "preview"):
        done = called(command, file, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert "{+" in called("preview", file, cwd=tmp_path).stdout.decode()
    source = ("--input", "-", "--input-format", "jsonl", "--output", "-", "--output-format", "jsonl")
    piped = augcli("run", file, *source, "--format", "json", cwd=tmp_path, stdin=SNIPS.read_bytes())
    assert piped.returncode == 0, piped.stderr
    assert piped.stdout.count(b"\n") > 500
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(("content", "code"), [(None, 4), ("nonsense\n", 2)])
def test_bad_statistics_stop_a_run(tmp_path: Path, workers: str, content: str | None, code: int) -> None:
    file = write_config(tmp_path, "{a: {steps: [{tfidf: {statistics: s.tsv}}]}}", engine="{chunk_rows: 50}")
    if content:
        (tmp_path / "s.tsv").write_text(content)
    for options in (["check"], ["run", "--workers", workers]):
        done = called(*options, file, cwd=tmp_path)
        assert done.returncode == code, done.stderr
        assert "s.tsv" in done.stderr.decode()
    assert not list(tmp_path.glob("out/train*"))


def test_a_copy_with_other_statistics_reads_them(tmp_path: Path) -> None:
    for name, words in (("a", "red green"), ("b", "one two")):
        (tmp_path / f"{name}.tsv").write_bytes(fit(map(Text, [words, f"{words} {words.split()[0]}", "else"])).dump())
    step = TfIdf(rate=1.0, statistics=str(tmp_path / "a.tsv"))
    text = Text("red green one two")
    first = apply(text.value, step.edit_batch([text], [Rng("r")])[0])
    copied = step.model_copy(update={"statistics": str(tmp_path / "b.tsv")})
    second = apply(text.value, copied.edit_batch([text], [Rng("r")])[0])
    fresh = TfIdf(rate=1.0, statistics=str(tmp_path / "b.tsv"))
    assert second == apply(text.value, fresh.edit_batch([Text(text.value)], [Rng("r")])[0]) != first
