"""A thesaurus of one's own is taken as it stands, in any language; misspellings are near their word."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from augcli.plugin import find
from augcli.steps.replacement.synonym import Synonym
from augcli.steps.step import Step
from augcli.text.edits import apply
from augcli.text.protect import Protector
from augcli.text.rng import Rng
from augcli.text.text import Text
from tests.support.helpers import write_config
from tests.support.nasty import DATA
from tests.support.running import called

MEDICAL = """covid\tcoronavirus
hx\thistory
asap\timmediately
laptop\tnotebook\tultrabook
MI\theart attack\tmyocardial infarction
credit card\tbank card
credit\tloan
top-up\treload
Riverton\tOakville
very\treally
not good\tbad
very bad\tnot good
w/o box\tunboxed
C++\tCpp
+1\tplus one
don't know\tdon't get
"""


def made(folder: Path, listed: str, value: str, language: str = "en", patterns: tuple[str, ...] = ()) -> set[str]:
    (folder / "own.tsv").write_text(listed, encoding="utf-8")
    step = Synonym(thesaurus=str(folder / "own.tsv"), rate=1.0)
    step.setup(language)
    text = Text(value, language, Protector(patterns).intervals(value))
    return {apply(value, step.edit(text, Rng(str(key)))) for key in range(30)}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("hx of covid asap", {"history of coronavirus immediately"}),
        ("Covid and COVID", {"Coronavirus and CORONAVIRUS"}),
        ("MI, not mi", {"heart attack, not mi", "myocardial infarction, not mi"}),
        ("A laptop here", {"A notebook here", "An ultrabook here"}),
        ("two laptops", {"two notebooks"}),
        ("my Credit card, the credit cards", {"my Bank card, the loan cards"}),
        ("the top-up in Riverton", {"the reload in Oakville"}),
        ("riverton", {"riverton"}),
        ("it is very slow, not good", {"it is really slow, not good"}),
        ("very bad C++ code", {"really bad Cpp code"}),
        ("I don’t know it", {"I don’t get it"}),
        ("covids discovid covid19", {"covids discovid covid19"}),
        ("credit  card, top - up", {"loan  card, top - up"}),
    ],
)
def test_lines_come_in_as_they_are_given(before: str, after: set[str], tmp_path: Path) -> None:
    assert made(tmp_path, MEDICAL, before) == after


def test_protected_words_stay(tmp_path: Path) -> None:
    assert made(tmp_path, "credit card\tbank card\n5\tfive\n", "my credit card 5", patterns=("card", "number")) == {
        "my credit card 5"
    }


@pytest.mark.parametrize(
    ("language", "listed", "before", "after"),
    [
        ("zh", "医生\t大夫\t郎中\n李小明\t王小红\n", "这位医生是李小明", {"这位大夫是王小红", "这位郎中是王小红"}),
        ("zh", "不错\t很好\n好\t棒\n", "味道不错，很好", {"味道不错，很棒"}),
        ("de", "Arzt\tDoktor\n", "Der Arzt und Ärzte", {"Der Doktor und Ärzte"}),
    ],
)
def test_in_other_languages(language: str, listed: str, before: str, after: set[str], tmp_path: Path) -> None:
    assert made(tmp_path, listed, before, language) == after


def test_no_misspelling_is_far_from_its_word() -> None:
    step = find(Step, "misspelling").model_validate({"rate": 1.0})
    step.setup("en")
    text = Text("The box is 2 x 3 x 4, press x, negotiate with contiguous, receive")
    made = {apply(text.value, step.edit(text, Rng(str(key)))) for key in range(200)}
    assert len(made) > 5
    for after in made:
        assert " is 2 x 3 x 4, " in after
        assert " x, " in after
        assert "options" not in after
        assert "-non" not in after


def test_what_never_applies_is_told(tmp_path: Path) -> None:
    (tmp_path / "own.tsv").write_text(MEDICAL)
    (tmp_path / "in.jsonl").write_text(json.dumps({"text": "hx of covid"}) + "\n")
    chains = "{a: {steps: [{synonym: {thesaurus: own.tsv}}]}}"
    write_config(tmp_path, chains, input="{path: in.jsonl, text: text}")
    done = called("check", "config.yaml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert b"own.tsv: 4 of 16 words can never be replaced (not good, very bad, w/o box, +1): a negation" in done.stderr


TWENTY = " ".join(f"word{number}" for number in range(20))


@pytest.mark.parametrize(
    ("listed", "says"),
    [
        (b"hx\thistory\ncovid\n", ".tsv:2: expected a word and its synonyms with tabs between, got 'covid'"),
        (
            b"",
            ".tsv: expected a thesaurus (TSV, MyThes, Cilin or Open Multilingual Wordnet), found no word",
        ),
        (b"# hx\thistory\n\n", "found no word with a synonym"),
        (b"hx\tHx\n", "found no word with a synonym"),
        (
            "caf\xe9\tbar\n".encode("cp1252"),
            ".tsv:1: expected utf-8, but byte 4 of the line is not; save the",
        ),
        ("hx\thistory\n".encode("utf-16"), ".tsv:1: expected utf-8, but byte 1 of the line is not"),
        (
            "hx\thistory\n".encode("utf-16-be"),
            ".tsv:1: expected utf-8, but character 1 of the line is NUL, as in UTF",
        ),
        ("好\t很好\n".encode("gbk"), ".tsv:1: expected utf-8, but byte 1 of the line is not"),
        (b"hx\thx\thistory\nhx\thistory\n", ""),
        (f"{TWENTY}\thx\nhx\t{TWENTY}\n".encode(), ""),
    ],
)
def test_check_and_run_tell_what_a_thesaurus_has_wrong(tmp_path: Path, listed: bytes, says: str) -> None:
    name = f"{tmp_path.name}.tsv"  # a process reads each file once
    (tmp_path / name).write_bytes(listed)
    (tmp_path / "in.jsonl").write_text(json.dumps({"text": "hx it is"}) + "\n")
    chains = f"{{a: {{steps: [{{synonym: {{thesaurus: {name}, rate: 1.0}}}}]}}}}"
    write_config(tmp_path, chains, input="{path: in.jsonl, text: text}", output="{path: out.jsonl}")
    for command in ("check", "run"):
        done = called(command, "config.yaml", cwd=tmp_path)
        assert says in done.stderr.decode()
        assert done.returncode == (2 if says else 0), done.stderr
    if not says:
        rows = [json.loads(line)["text"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
        assert rows == ["hx it is", f"{TWENTY} it is" if TWENTY.encode() in listed else "history it is"]


CASES = DATA.parent / "cases"


@pytest.mark.skipif(not CASES.is_dir(), reason="the reported cases are not here")
def test_every_line_of_a_list_applies() -> None:
    """A list that half applied when it was given as a thesaurus."""
    own = CASES / "48" / "th.tsv"
    step = find(Step, "replace").model_validate({"map": str(own), "rate": 1.0})
    step.setup("en")
    listed = dict(line.split("\t", 1) for line in own.read_text(encoding="utf-8").splitlines())
    assert len(listed) == 15
    for word, others in listed.items():
        value = f"so, {word} it is"
        made = {apply(value, step.edit(Text(value), Rng(str(key)))) for key in range(30)}
        negated = word == "not good"  # bad would lose the negation, and check says so
        assert made == ({value} if negated else {f"so, {other} it is" for other in others.split("\t")})
    given = [json.loads(line)["text"] for line in (CASES / "48" / "in.jsonl").read_text(encoding="utf-8").splitlines()]
    assert apply(given[2], step.edit(Text(given[2]), Rng("k"))) == "The reload failed, laptops and credit cards"
