"""The commands `vocabulary` and `restore`, on real rows."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from tests.support.helpers import rows, write_config
from tests.support.running import called

CHAINS = """
  c: {steps: [{oov: {mode: char}}]}
  u: {steps: [{oov: {mode: unk, kinds: true}}]}
"""


def test_words_are_counted_and_written(tmp_path: Path) -> None:
    config = write_config(tmp_path, CHAINS)
    found = orjson.loads(called("vocabulary", config, "--format", "json", cwd=tmp_path).stdout)
    needed = [found["needed"][share] for share in ("50", "90", "95", "99", "100")]
    assert needed == sorted(needed)
    assert needed[-1] == found["distinct"] == found["by_min_count"]["1"][0]
    number, unknown = found["by_min_count"]["2"]
    assert number == found["distinct"] - found["once"]
    shares = found["unknown"]["chains.c, mode char"]
    assert shares["all rows"] == pytest.approx(unknown, abs=0.01)
    assert len(shares) == 8
    shown = called("vocabulary", config, "--min-count", "2", "-o", "new/words.txt", cwd=tmp_path).stdout.decode()
    assert f"{found['words']:,} words in" in shown
    assert len((tmp_path / "new/words.txt").read_text().splitlines()) == number
    again = called("vocabulary", config, "-o", "new/words.txt", cwd=tmp_path)
    assert b"already there" in again.stderr


def test_words_come_back(tmp_path: Path) -> None:
    config = write_config(tmp_path, CHAINS)
    called("run", config, "--limit", "80", "--quiet", cwd=tmp_path)
    output = tmp_path / "out/train.jsonl"
    originals: dict[str, str] = {}
    expected, changed = [], []
    for row in rows(output):
        originals.setdefault(row["aug_source"], row["text"])
        expected.append(originals[row["aug_source"]])
        changed.append(row["text"])
    assert sum(old != new for old, new in zip(expected, changed, strict=True)) > 20
    assert called("restore", output, cwd=tmp_path).stdout.decode().splitlines() == expected
    (tmp_path / "model.txt").write_text("\n".join(changed), encoding="utf-8")
    assert called("restore", output, "model.txt", cwd=tmp_path).stdout.decode().splitlines() == expected
    (tmp_path / "model.txt").write_text("one line\n")
    failed = called("restore", output, "model.txt", cwd=tmp_path)
    assert b"1 lines, but" in failed.stderr


def test_tokens_come_back(tmp_path: Path) -> None:
    row = {"words": ["Miki", "lives", "in", "York"], "ner": ["B-PER", "O", "O", "B-LOC"]}
    (tmp_path / "tagged.jsonl").write_bytes(orjson.dumps(row))
    (tmp_path / "words.txt").write_text("lives\nin\n")
    chains = "{c: {steps: [{oov: {mode: char, vocabulary: words.txt}}]}}"
    config = write_config(
        tmp_path, chains, input="{path: tagged.jsonl, tokens: words, tags: ner}", protect="{spans: free}"
    )
    called("run", config, "--quiet", cwd=tmp_path)
    made = rows(tmp_path / "out/train.jsonl")[1]
    assert made["words"][:5] == ["<B>M", "<M>i", "<M>k", "<E>i", "lives"]
    assert made["ner"][:5] == ["B-PER", "I-PER", "I-PER", "I-PER", "O"]
    restored = called("restore", "out/train.jsonl", cwd=tmp_path).stdout.decode().splitlines()
    assert restored == ["Miki lives in York"] * 2


def test_a_tokenizer_beside_the_config_knows_words_as_they_are_written(tmp_path: Path) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    model = tokenizers.models.WordPiece({"[UNK]": 0, "Paris": 1, "saw": 2}, unk_token="[UNK]")
    (tmp_path / "model").mkdir()
    tokenizers.Tokenizer(model).save(str(tmp_path / "model/tokenizer.json"))
    (tmp_path / "rows.jsonl").write_text('{"text": "Paris saw paris Rome"}\n')
    chains = "{u: {steps: [{oov: {mode: unk, vocabulary: model}}]}}"
    config = write_config(tmp_path, chains, input="{path: rows.jsonl, text: text}")
    (tmp_path / "elsewhere").mkdir()
    told = called("vocabulary", config, "--format", "json", cwd=tmp_path / "elsewhere")
    assert orjson.loads(told.stdout)["unknown"]["chains.u, mode unk"] == {"all rows": 50.0}
    done = called("run", config, "--quiet", cwd=tmp_path / "elsewhere")
    assert done.returncode == 0, done.stderr
    report = orjson.loads(next(tmp_path.rglob("train.report.json")).read_bytes())
    assert any(resource["file"].endswith("model/tokenizer.json") for resource in report["resources"])


def test_word_pieces_cut_whole_sentences(tmp_path: Path) -> None:
    config = write_config(tmp_path, CHAINS)
    done = called("vocabulary", config, "--word-pieces", "300", "-o", "pieces.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    tokenizers = pytest.importorskip("tokenizers")
    encoded = tokenizers.Tokenizer.from_file(str(tmp_path / "pieces.json")).encode("Play the playlist")
    assert encoded.tokens[:2] == ["play", "the"]
    assert "[UNK]" not in encoded.tokens


def test_pairs_by_their_alignment(tmp_path: Path) -> None:
    pair = {
        "en": "The ecotax portico in Buis .",
        "fr": "Le portique écotaxe de Buis .",
        "align": "0-0 2-1 1-2 3-3 4-4 5-5",
    }
    (tmp_path / "pairs.jsonl").write_bytes(orjson.dumps(pair))
    (tmp_path / "words.txt").write_text("the\nportico\nin\nle\nde\n.\n")
    named = "{path: pairs.jsonl, text: [en, fr], alignment: align}"
    chains = "{p: {steps: [{oov: {mode: copyable, vocabulary: words.txt}}]}}"
    config = write_config(tmp_path, chains, input=named)
    called("run", config, "--quiet", cwd=tmp_path)
    called("verify", "out/train.jsonl", cwd=tmp_path)
    made = rows(tmp_path / "out/train.jsonl")[1]
    assert (made["en"], made["fr"]) == ("The unk_1 portico in unk_2 .", "Le unk_0 unk_1 de unk_2 .")
    restored = called("restore", "out/train.jsonl", cwd=tmp_path).stdout.decode().splitlines()
    assert restored == [f"{pair['en']}\t{pair['fr']}"] * 2
    (tmp_path / "model.txt").write_text("x\nLe unk_1 de unk_2 et unk_9 .\n")
    restored = called("restore", "out/train.jsonl", "model.txt", cwd=tmp_path).stdout.decode().splitlines()
    assert restored[1] == "Le ecotax de Buis et unk_9 ."
    without = write_config(tmp_path, chains, input="{path: pairs.jsonl, text: [en, fr]}")
    failed = called("check", without, cwd=tmp_path)
    assert b"name both texts and input.alignment" in failed.stderr
