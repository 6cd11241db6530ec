"""Unknown words: the papers' examples, what comes back, and what is refused."""

from __future__ import annotations

import atexit
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from augcli.commands.restore import _restored
from augcli.errors import ConfigError, ResourceError
from augcli.steps.step import StepResult
from augcli.steps.vocabulary.alignment import copied_back, links, marked
from augcli.steps.vocabulary.oov import PAIR_MODES, Oov
from augcli.text.edits import apply
from augcli.text.protect import Protector
from augcli.text.rng import Rng
from augcli.text.text import Text, joined
from tests.support.helpers import fit

ENGLISH, FRENCH = "The ecotax portico in Pont-de-Buis .", "Le portique écotaxe de Pont-de-Buis ."
KNOWN = {"the", "portico", "in", "le", "de", "."}
ALIGNED = "0-0 2-1 1-2 3-3 4-4 5-5"


def words(folder: Path, *known: str) -> str:
    file = folder / "words.txt"
    file.write_text("".join(f"{word}\n" for word in known), encoding="utf-8")
    return str(file)


def edited(step: Oov, value: str, language: str = "en", protected: Any = ()) -> tuple[str, Any]:
    result = step.edit(Text(value, language, protected), Rng("a"))
    assert isinstance(result, StepResult)
    return apply(value, result), result.note


def strange(*texts: Sequence[str]) -> Any:
    return tuple([at for at, word in enumerate(text) if word.lower() not in KNOWN] for text in texts)


def of_pair(mode: Any) -> list[str]:
    source, target = ENGLISH.split(), FRENCH.split()
    pair = marked(mode, source, target, links(ALIGNED), strange(source, target), "unk")
    told = zip((source, target), pair, strict=True)
    return [" ".join(new.get(at, word) for at, word in enumerate(text)) for text, new in told]


def test_copyable_words_are_numbered_and_copied_along_the_alignment() -> None:
    assert of_pair("copyable") == ["The unk_1 portico in unk_2 .", "Le unk_0 unk_1 de unk_2 ."]


def test_places_of_all_words_of_the_target() -> None:
    assert of_pair("pos_all") == ["The unk portico in unk .", "Le p_0 unk p_-1 unk p_1 de p_0 unk p_0 . p_0"]


def test_the_printed_examples_of_the_paper() -> None:
    source, target = ["The", "ecotax", "portico", "in", "the", "Buis"], ["Le", "portique", "écotaxe", "de", "Buis"]
    aligned = links("0-0 2-1 1-2 3-3 5-4")
    shown = []
    for mode in ("pos_all", "pos_unk"):
        pair = marked(mode, source, target, aligned, strange(source, target), "unk")
        shown.append(" ".join(pair.target.get(at, word) for at, word in enumerate(target)))
    assert shown == ["Le p_0 unk p_-1 unk p_1 de p_0 unk p_-1", "Le unkpos_1 unkpos_-1 de unkpos_1"]


def test_places_of_unknown_words_of_the_target() -> None:
    assert of_pair("pos_unk") == ["The unk portico in unk .", "Le unkpos_1 unkpos_-1 de unkpos_0 ."]


def test_beyond_the_window_and_without_a_link_there_is_no_place() -> None:
    source, target = ["x"] * 10, ["a", "b", "c"]
    pair = marked("pos_all", source, target, links("7-0 9-1 4-1"), strange(source, target), "unk")
    assert [*pair.target.values()] == ["unk p_-7", "unk p_-3", "unk p_n"]
    assert marked("pos_unk", source, target, links("8-0"), strange(source, target), "unk").target[0] == "unkpos_n"
    with pytest.raises(ValueError, match="'0:x' is no link"):
        links("0-0 0:x")


@pytest.mark.parametrize("mode", ["copyable", "pos_all", "pos_unk"])
def test_a_models_output_gets_words_of_the_source(mode: Any) -> None:
    source = ENGLISH.split()
    output = of_pair(mode)[1].split()
    expected = FRENCH.replace("portique", "unk_0" if mode == "copyable" else "portico").replace("écotaxe", "ecotax")
    assert " ".join(copied_back(mode, output, source, ["ecotax", "Pont-de-Buis"], "unk")) == expected


def test_characters_have_begin_middle_and_end(tmp_path: Path) -> None:
    step = Oov(mode="char", vocabulary=words(tmp_path, "my", "is"))
    assert edited(step, "Miki is my X.")[0] == "<B>M <M>i <M>k <E>i is my <B>X."
    assert edited(step, "北京 is", "zh")[0] == "<B>北 <E>京 is"
    other = Oov(mode="char", vocabulary=words(tmp_path, "is"), marks=["[", "=", "]"])
    assert edited(other, "abc is")[0] == "[a =b ]c is"
    refused = step.edit(Text("a <M> b"), Rng("a"))
    assert isinstance(refused, StepResult)
    assert refused.refused == "the text has <M> in it"


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("ab é我们北京,.\n \u0301👍🏽<BME>_▁#"), max_size=30), st.sampled_from(["en", "zh"]))
def test_what_is_cut_up_comes_back(tmp_path_factory: pytest.TempPathFactory, value: str, language: str) -> None:
    folder = tmp_path_factory.getbasetemp()
    step = Oov(mode="char", vocabulary=words(folder, "a"))
    after, note = edited(step, value, language)
    assert (_restored(after, note) if note else after) == value


@settings(max_examples=60, deadline=None)
@given(st.text(st.sampled_from("abé 我们北京,.'-\n \u0301👍🏽5_#<"), max_size=30), st.sampled_from(["en", "zh"]))
def test_sub_words_come_back_by_their_marks(value: str, language: str) -> None:
    for mark in ("##", "▁") if language == "en" else ("▁",):
        step = Oov.model_validate({"mode": "wordpiece", "mark": mark, "statistics": corpus_file()})
        after, note = edited(step, value, language, Protector(["number"]).intervals(value))
        assert (_restored(after, note) if note else after) == value


@cache
def corpus_file() -> str:
    """Word statistics of a small corpus."""
    file = Path(mkdtemp(prefix="augcli-")) / "statistics.tsv"
    atexit.register(rmtree, file.parent)
    file.write_bytes(fit([Text("the abbey, ab's ba-ab and the café abab cab"), Text("我们在北京", "zh")]).dump())
    return str(file)


def test_what_protected_text_has_between_blanks_is_marked_too(tmp_path: Path) -> None:
    step = Oov(mode="wordpiece", mark="▁", statistics=corpus_file())
    after, note = edited(step, "the 5 - abbey", protected=[(4, 5)])
    assert after.split()[1:3] == ["▁5", "▁-"]
    assert _restored(after, note) == "the 5 - abbey"
    after, note = edited(step, "the 5 000 cab", protected=[(4, 9)])
    assert after == "▁the ▁5 000 ▁cab"
    assert _restored(f"{after} u n", note) == "the 5 000 cabun"
    assert edited(step, "我们在北京。", "zh")[0] == "▁我们 在 北京 。"
    assert "run together" in (Oov(mode="wordpiece", mark="##").config_error("zh", ()) or "")


def test_entities_frame_what_became_of_their_words(tmp_path: Path) -> None:
    value, spans = "我在北京。", [(2, 4, "city")]
    for mode, expected in (("char", "<B>北 <E>京"), ("unk", "<unk>"), ("wordpiece", "北京")):
        given: Any = (
            {"statistics": corpus_file(), "min_count": 2}
            if mode == "wordpiece"
            else {"vocabulary": words(tmp_path, "我")}
        )
        text = Text(value, "zh", spans=spans)
        after = text.edited(Oov.model_validate({"mode": mode, **given}).edit(text, Rng("a")))
        assert [after.value[start:end] for start, end, _ in after.spans] == [expected]
    cut = Text("abcd ef", spans=[(2, 4, "x")])
    assert cut.edited(Oov(mode="unk", vocabulary=words(tmp_path, "a")).edit(cut, Rng("a"))).value == "abcd <unk>"


def test_word_pieces_are_the_same_in_every_process() -> None:
    code = (
        "import sys; from pathlib import Path; from augcli.language.word_statistics import load; "
        "from augcli.models.vocabulary import learn_word_pieces; "
        "print(learn_word_pieces(load(Path(sys.argv[1])), 60).to_str())"
    )
    learnt = {subprocess.check_output([sys.executable, "-c", code, corpus_file()]) for _ in range(3)}
    assert len(learnt) == 1
    tokenizers = pytest.importorskip("tokenizers")
    tokenizer = tokenizers.Tokenizer.from_str(learnt.pop().decode())
    assert "[UNK]" not in tokenizer.encode("The abbey's abab").tokens


def test_negations_and_words_that_carry_a_label_stay(tmp_path: Path) -> None:
    known = words(tmp_path, "available", "cannon", "dogs")
    nearest = Oov(mode="nearest", vocabulary=known)
    assert edited(nearest, "unavailable cannot dogss")[0] == "unavailable cannot dogs"
    assert edited(nearest.keeping(frozenset({"dogss"})), "dogss") == ("dogss", None)
    assert edited(Oov(mode="unk", vocabulary=known), "cats do not")[0] == "<unk> <unk> not"


def test_tokens_in_the_text_already(tmp_path: Path) -> None:
    step = Oov(mode="unk", vocabulary=words(tmp_path, "a", "and"))
    after, note = edited(step, "a <num> and b", protected=[(2, 7)])
    assert _restored(after, note) == "a <num> and b"
    refused = step.model_copy(update={"kinds": True}).edit(Text("a <num> and b"), Rng("a"))
    assert isinstance(refused, StepResult)
    assert refused.refused == "the text has <num> in it"


def test_unknown_words_by_kind(tmp_path: Path) -> None:
    step = Oov(mode="unk", vocabulary=words(tmp_path, "i", "saw", "in", "and", "at"), kinds=True)
    after, note = edited(step, "Yesterday I saw Paris in 1999 and I'd hurried at 10:30.")
    assert after == "<unk> I saw <name> in <num> and <unk> <unk> at <num>:<num>."
    assert _restored(after, note) == "Yesterday I saw Paris in 1999 and I'd hurried at 10:30."
    assert _restored("<unk> and <name> <unk> <unk> <unk> <unk> <unk> <num>", note).endswith("<num>")
    plain = Oov(mode="unk", vocabulary=words(tmp_path, "saw"))
    assert edited(plain, "I saw Paris", protected=[(0, 1)])[0] == "I saw <unk>"


def test_sub_words_of_a_tokenizer(tmp_path: Path) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    vocabulary = {"[UNK]": 0, "un": 1, "##able": 2, "##break": 3, "card": 4, "b": 5, "##r": 6, "C": 7, "##ard": 8}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    step = Oov(mode="wordpiece", vocabulary=str(tmp_path))
    assert [step._knows(word) for word in ("card", "unable", "x")] == [True, False, False]
    after, note = edited(step, "unbreakable card, Card (xyz)!")
    assert after == "un ##break ##able card, C ##ard (x ##y ##z)!"
    assert _restored(after, note) == "unbreakable card, Card (xyz)!"
    low = step.model_copy(update={"mark": "▁"})
    after, note = edited(low, "unbreakable card, Card (xyz)!")
    assert after == "▁un break able ▁card , ▁C ard ▁( x y z )!"
    assert _restored(after, note) == "unbreakable card, Card (xyz)!"


def test_the_nearest_known_word_comes_in(tmp_path: Path) -> None:
    step = Oov(mode="nearest", vocabulary=words(tmp_path, "received", "the", "card", "2024"))
    assert edited(step, "Recieved teh card 2025 zzz")[0] == "Received teh card 2025 zzz"
    vectors = tmp_path / "vectors.txt"
    vectors.write_text("card 1 0\nplastic 0.9 0.1\nthe 0 1\nfar -1 0\n")
    by_vectors = step.model_copy(update={"by": "vectors", "vectors": str(vectors), "min_similarity": 0.9})
    assert edited(by_vectors, "Plastic far")[0] == "Card far"


def test_rows_with_many_unknown_words_are_refused(tmp_path: Path) -> None:
    step = Oov(mode="drop", vocabulary=words(tmp_path, "the", "card"), max_share=0.5)
    assert step.edit(Text("the card x y"), Rng("a")) == []
    refused = step.edit(Text("the x y"), Rng("a"))
    assert isinstance(refused, StepResult)
    assert refused.refused == "more than 0.5 of its words are unknown"


def test_a_pair_needs_two_texts_and_an_alignment(tmp_path: Path) -> None:
    step = Oov(mode="copyable", vocabulary=words(tmp_path, *KNOWN))
    texts = [Text(ENGLISH), Text(FRENCH)]
    pair = joined(texts)
    for text, why in ((Text("a"), "a pair of texts is needed"), (pair, "there is no alignment, or other steps")):
        result = step.edit(text, Rng("a"))
        assert isinstance(result, StepResult)
        assert result.refused.startswith(why)
    for text in texts:
        text.alignment = ALIGNED
    result = step.edit(joined(texts), Rng("a"))
    assert apply(pair.value, result) == "The unk_1 portico in unk_2 .\n\nLe unk_0 unk_1 de unk_2 ."


def test_parameters_and_vocabularies_must_make_sense(tmp_path: Path) -> None:
    assert "needs `vectors`" in (Oov(mode="nearest", by="vectors").config_error("en", ()) or "")
    assert "three different" in (Oov(mode="char", marks=["<B>", "<B>", "<E>"]).config_error("en", ()) or "")
    with pytest.raises(ResourceError, match="set `vocabulary`"):
        Oov(mode="unk").setup("en")
    with pytest.raises(ResourceError, match=r"there is no .*tokenizer\.json"):
        Oov(mode="unk", vocabulary=str(tmp_path)).setup("en")
    (tmp_path / "tokenizer.json").write_text("{}")
    with pytest.raises(ConfigError, match="not a tokenizer"):
        Oov(mode="unk", vocabulary=str(tmp_path)).setup("en")


def test_protected_words_and_punctuation_of_a_pair_stand_as_they_are(tmp_path: Path) -> None:
    texts = [Text("Hello , Bo !", protected=[(8, 10)]), Text("Salut , Bo !", protected=[(8, 10)])]
    for text in texts:
        text.alignment = "0-0 1-1 2-2 3-3"
    pair = joined(texts)
    known = words(tmp_path, "hello")
    made = {mode: apply(pair.value, Oov(mode=mode, vocabulary=known).edit(pair, Rng("a"))) for mode in PAIR_MODES}
    assert made == {
        "copyable": "Hello , Bo !\n\nunk_0 , Bo !",
        "pos_all": "Hello , Bo !\n\nunk p_0 , p_0 Bo p_0 ! p_0",
        "pos_unk": "Hello , Bo !\n\nunkpos_0 , Bo !",
    }
    for text in texts:
        text.alignment = "9-0"
    result = Oov(mode="copyable", vocabulary=known).edit(joined(texts), Rng("a"))
    assert isinstance(result, StepResult)
    assert (result.refused, result.failed) == ("the alignment names words that are not there", True)
