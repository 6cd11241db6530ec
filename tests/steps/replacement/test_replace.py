"""Listed words give way to listed others; the maps that come along are safe in the direction in which they apply."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from augcli.errors import ConfigError, ResourceError
from augcli.language.negation import count_negations
from augcli.language.phrases import negations_in
from augcli.language.resources import REPLACEMENT_MAPS
from augcli.steps.replacement.replace import Direction, Replace, _pairs
from augcli.text.edits import apply, why_invalid
from augcli.text.protect import Protector
from augcli.text.rng import Rng
from augcli.text.text import Text
from tests.support.helpers import write_config
from tests.support.running import called

Write = Callable[[str | bytes], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(content: str | bytes) -> str:
        path = tmp_path / "own.tsv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return to_file


def made(step: Replace, value: str, language: str = "en", patterns: tuple[str, ...] = ()) -> set[str]:
    text = Text(value, language, Protector(patterns).intervals(value))
    return {apply(value, step.edit(text, Rng(str(key)))) for key in range(20)}


OWN = (
    "laptop\tnotebook\tultrabook\nlift\televator\ncheque\t>\tcheck\nmobile\t<\tcell phone\nMI\theart attack\nold\tbig\n"
)


@pytest.mark.parametrize(
    ("direction", "before", "after"),
    [
        ("forward", "A laptop, a cell phone", {"A notebook, a cell phone", "An ultrabook, a cell phone"}),
        ("forward", "take a lift", {"take an elevator"}),
        ("forward", "an old lift", {"a big elevator"}),
        ("forward", "the Lift and the LIFT", {"the Elevator and the ELEVATOR"}),
        ("forward", "lifts, uplift, lift-off", {"lifts, uplift, lift-off"}),
        ("forward", "pay by cheque", {"pay by check"}),
        ("forward", "MI, not mi; mobile", {"heart attack, not mi; mobile"}),
        ("backward", "an ultrabook and a notebook", {"a laptop and a laptop"}),
        ("backward", "check the Cell phone", {"check the Mobile"}),
        ("backward", "the heart attack", {"the MI"}),
        ("both", "lift, elevator, check, cheque", {"elevator, lift, check, check"}),
    ],
)
def test_directions(write: Write, direction: Direction, before: str, after: set[str]) -> None:
    assert made(Replace(map=write(OWN), direction=direction), before) == after


@pytest.mark.parametrize(
    ("listed", "before", "after"),
    [
        ("credit card\tbank card\ncredit\tloan\n", "credit card, credit", "bank card, loan"),
        ("etc.\tand so on\n", "cups, etc. and plates, etc.", "cups, and so on and plates, and so on."),
        ("and so on\tetc.\n", "cups, and so on, and so on.", "cups, etc., etc."),
        ("don't know\tdunno\n", "I don’t know", "I dunno"),
        ("I'm off\tI'm out\n", "I’m off", "I’m out"),
        ("not good\tbad\nbad\tnot good\n", "not good, bad", "not good, bad"),
        ("iphone\tiPhone\n", "my iphone, my iPhone", "my iPhone, my iPhone"),
    ],
)
def test_what_comes_in(write: Write, listed: str, before: str, after: str) -> None:
    assert made(Replace(map=write(listed)), before) == {after.replace("I'm", "I’m") if "’" in after else after}


def test_a_phrase_of_twenty_words(write: Write) -> None:
    phrase = " ".join(f"word{number}" for number in range(20))
    assert made(Replace(map=write(f"{phrase}\tlong\n")), f"a {phrase}, so") == {"a long, so"}


@pytest.mark.parametrize(("listed", "name"), [({"lift": "elevator"}, "a.json"), ({"lift": ["elevator"]}, "b.json")])
def test_json(tmp_path: Path, listed: dict[str, object], name: str) -> None:
    (tmp_path / name).write_text(json.dumps(listed))
    assert made(Replace(map=str(tmp_path / name)), "Lift") == {"Elevator"}


def test_several_maps_and_your_own_first(write: Write) -> None:
    step = Replace(map=["british", write("colour\thue\n")])
    assert made(step, "the colour of the theatre") == {"the hue of the theater"}


@pytest.mark.parametrize(("rate", "places"), [(0.0, 0), (0.1, 1), (0.5, 2), (1.0, 4)])
def test_rate_is_the_share_of_the_places(rate: float, places: int) -> None:
    text = Text("colour, centre, theatre and neighbour")
    assert len(Replace(map="british", rate=rate).edit(text, Rng("k"))) == places


def test_protected_words_and_other_languages(write: Write) -> None:
    step = Replace(map=write("card\tbank card\n医生\t大夫\nArzt\tDoktor\n"))
    assert made(step, "my credit card, card", patterns=("credit card",)) == {"my credit card, bank card"}
    assert made(step, "这位医生来了", "zh") == {"这位大夫来了"}
    assert made(step, "Der Arzt", "de") == {"Der Doktor"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("lift\televator\nlift\n", r"own\.tsv:2: expected a word and its replacements with tabs between, got 'lift'"),
        ("lift\tlift\n", r"own\.tsv:1: 'lift' is to be replaced by itself; take it out"),
        ("", r"own\.tsv: expected words and their replacements, but the file has none"),
        ("# lift\televator\n\n", "but the file has none"),
        ("lift\t<\televator\n", r"own\.tsv: no line applies forward; all are for the other direction"),
        ("caf\xe9\tbar\n".encode("cp1252"), r"own\.tsv:1: expected utf-8, but byte 4 of the line is not; save the"),
        ("lift\televator\n".encode("utf-16"), r"own\.tsv:1: expected utf-8, but byte 1"),
        ("lift\televator\n".encode("utf-16-le"), r"own\.tsv:1: .* character 2 of the line is NUL, as in UTF-16; save"),
    ],
)
def test_bad_maps(write: Write, content: str | bytes, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Replace(map=write(content)).setup("en")


def test_a_missing_map(tmp_path: Path) -> None:
    with pytest.raises(ResourceError, match=r"the replacements in .*none\.tsv cannot be read: No such file"):
        Replace(map=str(tmp_path / "none.tsv")).setup("en")


@pytest.mark.parametrize(
    ("step", "language", "says"),
    [
        ("{map: britsh}", "en", "'britsh' is neither a file nor a map that comes along; did you mean british?"),
        ("{map: [slang, mine]}", "en", "'mine' is neither a file .*; there are british, abbreviations, slang, emoji"),
        ("{map: slang}", "de", "the map slang is English; for 'de', set `map` to a file of your own"),
        ("{}", "en", "replace.map: missing; it must be given"),
    ],
)
def test_config_errors(tmp_path: Path, step: str, language: str, says: str) -> None:
    (tmp_path / "in.jsonl").write_text(json.dumps({"text": "so"}) + "\n")
    source = f"{{path: in.jsonl, text: text, language: {language}}}"
    write_config(tmp_path, f"{{a: {{steps: [{{replace: {step}}}]}}}}", input=source)
    done = called("check", "config.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert says.partition(" .*")[0] in done.stderr.decode()
    assert says.rpartition(".*")[2] in done.stderr.decode()


@pytest.mark.parametrize(
    ("name", "direction", "before", "after"),
    [
        ("british", "forward", "My neighbour's colours, in the centre.", "My neighbour's colors, in the center."),
        ("british", "backward", "Check the color at the ATM.", "Check the colour at the cash machine."),
        ("british", "backward", "Pearl Harbor, a Center; Labor Day", "Pearl Harbor, a Center; Labor Day"),
        ("british", "forward", "A cash machine takes cheques.", "An ATM takes checks."),
        ("british", "forward", "A CASH MACHINE TAKES CHEQUES", "AN ATM TAKES CHECKS"),
        ("british", "both", "the theatre, the theater", "the theater, the theatre"),
        ("abbreviations", "forward", "For example, an appointment.", "E.g., an appt."),
        ("abbreviations", "backward", "ASAP, eg now", "As soon as possible, for example now"),
        ("abbreviations", "backward", "Call me ASAP", "Call me as soon as possible"),
        ("abbreviations", "backward", "The temp has info; US or us", "The temp has information; US or us"),
        ("abbreviations", "forward", "a magnetic resonance imaging scan", "an MRI scan"),
        ("abbreviations", "forward", "without it", "w/o it"),
        ("slang", "forward", "I am going to be at the bank", "I am gonna be at the bank"),
        ("slang", "forward", "I am going to the bank", "I am goin to the bank"),
        ("slang", "backward", "Im gonna call u, BTW", "I'm going to call you, by the way"),
        ("slang", "backward", "the atm, ur, U.S.", "the atm, ur, U.S."),
        ("slang", "backward", "idk, nope, I cant", "I don't know, no, I can't"),
    ],
)  # fmt: skip
def test_the_maps_that_come_along(name: str, direction: Direction, before: str, after: str) -> None:
    assert after in made(Replace(map=name, direction=direction), before)


@pytest.mark.parametrize(
    ("language", "before", "after"),
    [
        ("en", "A pizza and a coffee; Pizza Hut.", "A 🍕 and a ☕; Pizza Hut."),
        ("en", "the bus stop, no bus", "the 🚏, no 🚌"),
        ("zh", "我想在酒店吃面包，不要牛奶", "我想在🏨吃🍞，不要🥛"),
    ],
)
def test_emoji(language: str, before: str, after: str) -> None:
    assert made(Replace(map="emoji"), before, language) == {after}
    assert Replace(map="emoji").warnings([Text("", language)]) == []
    for lexicon in Replace(map="emoji").lexicons(language):
        assert len(list(_pairs(lexicon.path(), "forward"))) > 250


def test_all_of_a_line_stand_for_each_other(write: Write) -> None:
    step = Replace(map=write("fast\t=\tquick\tat once\n"))
    assert made(step, "Fast") == {"Quick", "At once"}
    assert made(step, "at once") == {"fast", "quick"}


@pytest.mark.parametrize("name", ["british", "abbreviations", "slang"])
@pytest.mark.parametrize("direction", ["forward", "backward", "both"])
def test_each_line_of_the_maps_applies(name: str, direction: Direction) -> None:
    step = Replace(map=name, direction=direction)
    assert step.warnings([Text("")]) == []
    pairs = list(_pairs(REPLACEMENT_MAPS[name]["en"].path(), direction))
    assert len(pairs) == len(set(pairs))
    assert len(pairs) > {"british": 1000, "abbreviations": 200, "slang": 230}[name]
    for word, other in pairs:
        assert negations_in(word, "en") == negations_in(other, "en")
        changed = made(step, word)
        assert word not in changed
        assert any(variant.lower().startswith(other.lower().rstrip(".,")) for variant in changed), (word, changed)


def test_british_round_trip() -> None:
    path = REPLACEMENT_MAPS["british"]["en"].path()
    forward, backward = list(_pairs(path, "forward")), set(_pairs(path, "backward"))
    there, back = Replace(map="british"), Replace(map="british", direction="backward")
    both = [(word, other) for word, other in forward if (other, word) in backward and word != "pedestrian crossing"]
    assert len(both) > 1000
    plain = [word for word, other in both[::10] if other.islower()]
    values = [f"the {word}, {word}" for word, _ in both] + [f"{word.capitalize()}; {word.upper()}." for word in plain]
    for value in values:
        (american,) = made(there, value)
        assert value in made(back, american)


@given(
    st.lists(st.sampled_from(["not", "u", "asap", "ASAP", "don't", "colour", "A", "an", "e.g.", "I", "\n", "’", "."])),
    st.sampled_from(["british", "abbreviations", "slang"]),
    st.sampled_from(["forward", "backward", "both"]),
)
def test_edits_are_valid_and_keep_negations(words: list[str], name: str, direction: Direction) -> None:
    value = " ".join(words)
    edits = Replace(map=name, direction=direction).edit(Text(value), Rng("k"))
    assert why_invalid(value, edits, []) is None
    assert count_negations(apply(value, edits), "en") == count_negations(value, "en")


def test_an_article_before_what_a_short_form_stood_for_is_not_shouted(tmp_path: Path) -> None:
    file = tmp_path / "map.tsv"
    file.write_text("UFO\tunidentified flying object\n", encoding="utf-8")
    step = Replace.model_validate({"map": str(file), "rate": 1.0})
    text = Text("A UFO came.")
    assert apply(text.value, step.edit(text, Rng("a"))) == "An unidentified flying object came."
