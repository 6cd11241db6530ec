"""Every mistake in a config is told at once, in the order of the file, with its place; and nothing but ConfigError."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from augcli.chains.compose import Maybe, OneOf, Sequential, SomeOf, StepNode
from augcli.config.load import load
from augcli.config.pipeline import Pipeline
from augcli.config.sections import Balance
from augcli.errors import ConfigError
from augcli.io.inputs import find_inputs
from augcli.plugin import find, names
from augcli.steps.step import Step

HEAD = "input: {path: x.jsonl, text: text}\noutput: {path: o.jsonl}\n"
BASE = HEAD + "chains:\n  a:\n    steps: [random_swap]\n"


def loaded(folder: Path, text: str | bytes, *sets: str) -> Pipeline:
    file = folder / "c.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(file, [(f"--set {pair}", *pair.split("=", 1)) for pair in sets])  # type: ignore[misc]


def problems(folder: Path, text: str | bytes, *sets: str) -> list[str]:
    """The messages of a config, each with the lines that show its place."""
    with pytest.raises(ConfigError) as raised:
        loaded(folder, text, *sets)
    told = str(raised.value).replace(f"{folder}/", "")
    return re.split(r"\n(?=c\.yaml|--set)", told)


def chain(steps: str, rest: str = "") -> str:
    return f"{HEAD}chains:\n  a:\n    steps: {steps}\n{rest}"


WRONG: dict[str, tuple[str, list[str]]] = {
    "duplicate key": (BASE + "seed: 1\nseed: 2\n", ["c.yaml:7:1: seed: duplicate key: it already stands in line 6"]),
    "duplicate chain": (
        BASE + "  a: {steps: [typo]}\n",
        ["c.yaml:6:3: chains.a: duplicate key: it already stands in line 4"],
    ),
    "no is text": (
        HEAD.replace("o.jsonl", "o.jsonl, keep_original: no") + "chains: {}\n",
        ["c.yaml:2:40: output.keep_original: expected true or false, not text ('no'); did you mean false?"],
    ),
    "yes and on are text": (
        HEAD.replace("o.jsonl", "o.jsonl, keep_original: yes") + "chains: {}\non_error: on\n",
        [
            "c.yaml:2:40: output.keep_original: expected true or false, not text ('yes'); did you mean true?",
            "c.yaml:4:11: on_error: 'on' is not allowed; allowed: fail, drop",
        ],
    ),
    "dates are text": (
        BASE + "seed: 2020-01-01\n",
        ["c.yaml:6:7: seed: expected a whole number, not text ('2020-01-01')"],
    ),
    "sexagesimals are text": (BASE + "seed: 1:30\n", ["c.yaml:6:7: seed: expected a whole number, not text ('1:30')"]),
    "a number for a name": (
        HEAD.replace("text: text", "text: 3.5") + "chains: {}\n",
        ['c.yaml:1:30: input.text: expected text, not a number (3.5); put quotes around it: "3.5"'],
    ),
    "unknown key": (
        BASE + "sed: 1\n",
        [
            "c.yaml:6:6: sed: unknown key; allowed: seed, input, unlabeled, teacher, output, protect, chains, "
            "services, on_error, max_dropped, engine, evaluate; did you mean seed?"
        ],
    ),
    "unknown key in a section": (
        HEAD.replace("text: text", "text: text, lable: x") + "chains: {}\n",
        ["c.yaml:1:43: input.lable: unknown key; allowed: path, text, label, id, spans,"],
    ),
    "unknown key in a chain": (
        chain("[typo]", "    chekcs: []\n"),
        [
            "c.yaml:6:5: chains.a.chekcs: unknown key; allowed: variants, from, labels, min_lead, steps, checks, "
            "attempts, keep; did you mean checks?"
        ],
    ),
    "unknown step": (
        chain("\n      - tpyo"),
        ["c.yaml:6:9: chains.a.steps[0]: there is no step called 'tpyo'; did you mean typo?"],
    ),
    "unknown step far from all": (
        chain("[xyzzy]"),
        ["c.yaml:5:13: chains.a.steps[0]: there is no step called 'xyzzy'; there are "],
    ),
    "unknown check": (
        chain("[typo]", "    checks: [uniqe]\n"),
        ["c.yaml:6:14: chains.a.checks[0]: there is no check called 'uniqe'; did you mean unique?"],
    ),
    "unknown parameter": (
        chain("[{typo: {rat: 0.1}}]"),
        ["c.yaml:5:26: chains.a.steps[0].typo.rat: unknown key; allowed: "],
    ),
    "out of range": (
        chain("\n      - typo: {rate: 1.5}\n      - one_of:\n          - ocr: {rate: -1}"),
        [
            "c.yaml:6:22: chains.a.steps[0].typo.rate: 1.5 is out of range; it must be at most 1",
            "c.yaml:8:25: chains.a.steps[1].one_of[0].ocr.rate: -1 is out of range; it must be at least 0",
        ],
    ),
    "not finite": (
        chain("[{typo: {rate: .nan}}, {typo: {rate: .inf}}]"),
        ["c.yaml:5:27: chains.a.steps[0].typo.rate: ", "c.yaml:5:49: chains.a.steps[1].typo.rate: "],
    ),
    "wrong type": (
        chain("[{typo: {rate: high}}, {typo: 0.1}]"),
        [
            "c.yaml:5:27: chains.a.steps[0].typo.rate: expected a number, not text ('high')",
            "c.yaml:5:42: chains.a.steps[1].typo: expected parameters such as {rate, ",
        ],
    ),
    "true is no number": (
        BASE + "seed: true\n",
        ["c.yaml:6:7: seed: expected a whole number, not true or false (True)"],
    ),
    "no option": (
        chain("[{case: {mode: Lower}}]"),
        ["c.yaml:5:27: chains.a.steps[0].case.mode: 'Lower' is not allowed; allowed: lower, upper, title, swap; did "],
    ),
    "another language": (
        chain("[homophone, contraction]").replace("text: text", "text: text, language: de"),
        [
            "c.yaml:5:13: chains.a.steps[0]: homophone does not work for language 'de' (input.language); it does ",
            "c.yaml:5:24: chains.a.steps[1]: contraction does not work for language 'de' (input.language); it does ",
        ],
    ),
    "no language": (
        HEAD.replace("text: text", "text: text, language: English") + "chains: {}\n",
        ["c.yaml:1:46: input.language: 'English' is no language code of two or three small letters: en, zh, "],
    ),
    "own words of another language": (
        HEAD.replace("text: text", "text: text, words: w.txt") + "chains: {}\n",
        ["c.yaml:1:43: input.words: this goes with language: zh; words of other languages are told by blanks"],
    ),
    "a step that protected patterns leave nothing": (
        chain("[number_words]"),
        ["c.yaml:5:13: chains.a.steps[0]: the protected pattern `number`"],
    ),
    "a wrong section hides nothing of the others": (
        "sed: 1\ninput: {path: x.csv}\noutput: {path: o.csv}\nprotect: {patterns: []}\n"
        "chains: {a: {variants: {balance: max}, steps: [number_words]}}\n",
        [
            "c.yaml:1:6: sed: unknown key",
            "c.yaml:2:1: input: text is missing",
            "c.yaml:5:14: chains.a.variants: balance needs input.label",
        ],
    ),
    "no text": (
        "input: {path: x.csv}\noutput: {path: o.csv}\nchains: {}\n",
        ["c.yaml:1:1: input: text is missing: name the text column, or tokens and tags"],
    ),
    "tokens without tags": (
        HEAD.replace("text: text", "tokens: t") + "chains: {}\n",
        ["c.yaml:1:1: input: tokens and tags go together; one of them is missing"],
    ),
    "text and tokens": (
        HEAD.replace("text: text", "text: x, tokens: t, tags: g") + "chains: {}\n",
        ["c.yaml:1:1: input: give either text (and spans) or tokens and tags; not both"],
    ),
    "text twice": (
        HEAD.replace("text: text", "text: [a, a]") + "chains: {}\n",
        ["c.yaml:1:24: input.text: a text column is named twice"],
    ),
    "spans of a pair": (
        HEAD.replace("text: text", "text: [a, b], spans: s") + "chains: {}\n",
        ["c.yaml:1:45: input.spans: there are several texts: name the column that spans lie in in input.spans_in"],
    ),
    "missing sections": (
        "seed: 1\n",
        [f"c.yaml:1:1: {key}: missing; it must be given" for key in ("input", "output", "chains")],
    ),
    "missing paths": (
        "input: {text: x}\noutput: {}\nchains: {}\n",
        [
            "c.yaml:1:1: input.path: missing; it must be given",
            "c.yaml:2:1: output.path: missing; it must be given",
        ],
    ),
    "bad expression": (
        BASE + "protect: {patterns: [url, '(', '*']}\n",
        [
            "c.yaml:6:27: protect.patterns[1]: not a regular expression: missing ), unterminated subpattern",
            "c.yaml:6:32: protect.patterns[2]: not a regular expression: nothing to repeat",
        ],
    ),
    "bad encoding": (
        HEAD.replace("text: text", "text: text, encoding: utf-9") + "chains: {}\n",
        ["c.yaml:1:46: input.encoding: there is no encoding called 'utf-9'; utf-8, gbk, cp1252, ..."],
    ),
    "encodings of no file": (
        HEAD.replace("text: text", 'text: text, encoding: "\\0"') + "chains: {}\n",
        ["c.yaml:1:46: input.encoding: there is no encoding called '\\x00'; utf-8, gbk, cp1252, ..."],
    ),
    "repeated too often": (
        BASE + "protect: {patterns: ['a{99999999999}']}\n",
        ["c.yaml:6:22: protect.patterns[0]: not a regular expression: the repetition number is too large"],
    ),
    "no paths": (
        "input: {path: [], text: x}\noutput: {path: ''}\nchains: {}\n",
        [
            "c.yaml:1:9: input.path: this is empty; at least 1 must be given",
            "c.yaml:2:10: output.path: this is empty; at least 1 must be given",
        ],
    ),
    "balance without labels": (
        chain("[typo]", "    variants: {balance: max}\n"),
        ["c.yaml:6:5: chains.a.variants: balance needs input.label, the column with the labels"],
    ),
    "balance": (
        chain("[typo]", "    variants: {balance: most}\n"),
        [
            "c.yaml:6:5: chains.a.variants: balance needs input.label, the column with the labels",
            "c.yaml:6:25: chains.a.variants.balance: 'most' is not allowed; allowed: max, median",
        ],
    ),
    "variants": (
        chain("[typo]", "    variants: -1\n"),
        ["c.yaml:6:15: chains.a.variants: -1 is out of range; it must be at least 0"],
    ),
    "attempts": (
        chain("[typo]", "    attempts: 0\n"),
        ["c.yaml:6:15: chains.a.attempts: 0 is out of range; it must be at least 1"],
    ),
    "empty one_of": (
        chain("[{one_of: []}, {sequence: {}}, {one_of: typo}]"),
        [
            "c.yaml:5:14: chains.a.steps[0].one_of: at least one step must be listed",
            "c.yaml:5:28: chains.a.steps[1].sequence: expected a list of steps, not a mapping",
            "c.yaml:5:52: chains.a.steps[2].one_of: expected a list of steps, not text ('typo')",
        ],
    ),
    "some_of": (
        chain("".join(f"\n      - some_of: {{n: {n}, steps: [typo]}}" for n in ("2", "[1, 2]", "[1, 0]", "[]", "[1]"))),
        [
            f"c.yaml:{line}:{22 if line == 6 else 19}: chains.a.steps[{line - 6}].some_of.n: expected a number, or ["
            for line in range(6, 11)
        ],
    ),
    "some_of without n": (
        chain("[{some_of: {steps: [tpyo]}}]"),
        [
            "c.yaml:5:14: chains.a.steps[0].some_of.n: missing; it must be given",
            "c.yaml:5:32: chains.a.steps[0].some_of.steps[0]: there is no step called 'tpyo'",
        ],
    ),
    "maybe": (
        chain("[{maybe: {p: 2, steps: [typo]}}, {maybe: [typo]}]"),
        [
            "c.yaml:5:25: chains.a.steps[0].maybe.p: 2 is out of range; it must be at most 1",
            "c.yaml:5:46: chains.a.steps[1].maybe: expected a mapping, not a list",
        ],
    ),
    "two steps in one item": (
        chain("\n      - typo: {}\n        ocr: {}\n      - 3\n      - []"),
        [
            "c.yaml:6:9: chains.a.steps[0]: one step per list item: put a dash before each of typo, ocr",
            "c.yaml:8:9: chains.a.steps[1]: expected a step: its name, or `name: {parameters}`",
            "c.yaml:9:9: chains.a.steps[2]: expected a step: its name, or `name: {parameters}`",
        ],
    ),
    "steps that are empty": (chain("[]"), ["c.yaml:5:5: chains.a.steps: at least one step must be listed"]),
    "steps that are no list": (chain("typo"), ["c.yaml:5:12: chains.a.steps: expected a list, not text ('typo')"]),
    "chain name": (HEAD + "chains:\n  1a: {}\n", ["c.yaml:4:3: chains.1a: '1a' is not allowed here; it must match"]),
    "chain that is no mapping": (
        HEAD + "chains: {a: [typo]}\n",
        ["c.yaml:3:10: chains.a: expected a mapping, not a list"],
    ),
    "alias in itself": (
        chain("&x [typo, {one_of: *x}]"),
        ["c.yaml:5:12: chains.a.steps[1].one_of: this alias stands inside the value that it names", "c.yaml:5:"],
    ),
    "unknown alias": (BASE + "seed: *x\n", ["c.yaml:6:7: this is not valid YAML: found undefined alias 'x'"]),
    "key that is no text": (BASE + "? [a]\n: 1\n", ["c.yaml:6:3: a key must be plain text"]),
    "tags": (
        BASE + "seed: !!python/name:os.system x\nengine: !x {workers: 1}\n",
        [
            "c.yaml:6:7: seed: the tag tag:yaml.org,2002:python/name:os.system is not used here; leave it out",
            "c.yaml:6:7: seed: expected a whole number, not nothing",
            "c.yaml:7:1: engine: expected a mapping, not nothing",
            "c.yaml:7:9: engine: the tag !x is not used here; leave it out",
        ],
    ),
    "tagged no number": (BASE + "seed: !!int x\n", ["c.yaml:6:7: seed: this is not a number", "c.yaml:6:7: seed: "]),
    "too many digits": (
        BASE + f"seed: {'1' * 5000}\n",
        ["c.yaml:6:7: seed: this is not a number, or has too many", "c"],
    ),
    "nested too deeply": ("a: " + "[" * 5000, ["c.yaml: this is nested too deeply"]),
    "syntax": (
        HEAD + 'chains: {a: "x}\n',
        ["c.yaml:4:1: this is not valid YAML: while scanning a quoted scalar found unexpected end of stream"],
    ),
    "tab": (HEAD + "chains:\n\ta: 1\n", ["c.yaml:4:1: this is not valid YAML: while scanning for the next token"]),
    "two documents": (BASE + "---\nseed: 1\n", ["c.yaml:6:1: this is not valid YAML: expected a single document"]),
    "control character": ("a:\n  \x01\n", ["c.yaml:2:3: this is not valid YAML: a character U+0001 in it"]),
    "empty file": ("", ["c.yaml: this is not a mapping of keys to values"]),
    "list": ("- a\n", ["c.yaml:1:1: this is not a mapping of keys to values"]),
    "text": ("seed\n", ["c.yaml:1:1: this is not a mapping of keys to values"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_mistakes(name: str, tmp_path: Path) -> None:
    text, expected = WRONG[name]
    told = problems(tmp_path, text)
    assert len(told) == len(expected), "\n".join(told)
    for message, start in zip(told, expected, strict=True):
        assert message.startswith(start), message


@pytest.mark.parametrize("name", WRONG)
def test_mistakes_show_their_line(name: str, tmp_path: Path) -> None:
    text, _ = WRONG[name]
    for message in problems(tmp_path, text):
        if place := re.match(r"c\.yaml:(\d+):(\d+): ", message):
            line, column = int(place[1]), int(place[2])
            source = [*text.splitlines(), ""][line - 1]
            shown = message.splitlines()[1:]
            assert shown == [f"{line:5} | {source}", " " * 6 + "| " + " " * (column - 1) + "^"]


def test_all_mistakes_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = """\
sed: 1
seed: 1
seed: 2
input: {path: x.jsonl, text: text, lable: l, encoding: utf-9}
output: {path: 5, keep_original: no}
protect: {spans: always, patterns: ['(']}
chains:
  a:
    variants: two
    steps:
      - typo: {rate: 2}
      - homophone
      - tpyo
      - {typo: {}, ocr: {}}
      - one_of: []
      - some_of: {n: 3, steps: [ocr]}
      - maybe: {p: high, steps: [{case: {mode: lowr}}]}
    checks: [{length_ratio: {min: -1}}, uniqe]
on_error: ignore
"""
    told = problems(tmp_path, text)
    places = [tuple(map(int, message.split(":")[1:3])) for message in told]
    assert places == [
        (1, 6), (3, 1), (4, 43), (4, 56), (5, 16), (5, 34), (6, 18), (6, 37), (9, 15), (11, 22), (12, 9), (13, 9),
        (14, 9), (15, 9), (16, 22), (17, 20), (17, 48), (18, 35), (18, 41), (19, 11),
    ]  # fmt: skip


@pytest.mark.parametrize("language", ["mr", "am", "haw"])
def test_typos_need_a_keyboard(language: str, tmp_path: Path) -> None:
    (told,) = problems(tmp_path, chain("[typo]").replace("text: text", f"text: text, language: {language}"))
    assert told.startswith(
        f"c.yaml:5:13: chains.a.steps[0]: there is no keyboard layout {language!r}; set `keyboard` to "
    )


@pytest.mark.parametrize("name", ["undefined", "idna", "punycode", "Unicode-Escape", "raw_unicode_escape", "rot13"])
def test_encodings_that_no_file_has(name: str, tmp_path: Path) -> None:
    (told,) = problems(tmp_path, HEAD.replace("text: text", f"text: t, encoding: {name}") + "chains: {}\n")
    assert told.startswith(f"c.yaml:1:43: input.encoding: there is no encoding called {name!r}")


@pytest.mark.parametrize(
    "name", ["utf-8", "UTF8", "utf-16", "gbk", "gb18030", "big5", "latin-1", "cp1252", "shift_jis"]
)
def test_encodings_of_files(name: str, tmp_path: Path) -> None:
    text = HEAD.replace("text: text", f"text: t, encoding: {name}") + "chains: {}\n"
    assert loaded(tmp_path, text).config.input.encoding == name


RIGHT: dict[str, tuple[str, Any]] = {
    "1e-3 is a number": (chain("[{typo: {rate: 1e-3}}]"), lambda c: c.chains["a"].nodes[0].step.rate == 0.001),
    "010 is ten": (BASE + "seed: 010\n", lambda c: c.config.seed == 10),
    "no is a language": (
        HEAD.replace("text: text", "text: text, language: no"),
        lambda c: c.config.input.language == "no",
    ),
    "y is a column": (
        HEAD.replace("text: text", "text: y, label: on"),
        lambda c: (c.config.input.texts, c.config.input.label) == (["y"], "on"),
    ),
    "numbers in quotes": (HEAD.replace("text: text", 'text: "1"'), lambda c: c.config.input.texts == ["1"]),
    "=": (HEAD.replace("text: text", "text: ="), lambda c: c.config.input.texts == ["="]),
    "<< is a key like any other": (HEAD.replace("text: text", "text: <<"), lambda c: c.config.input.texts == ["<<"]),
    "anchors": (
        HEAD + "chains: {a: {steps: &s [typo]}, b: {steps: *s}}\n",
        lambda c: [c.chains[name].nodes[0].step.name for name in "ab"] == ["typo", "typo"],
    ),
    "whole number for a share": (chain("[{typo: {rate: 1}}]"), lambda c: c.chains["a"].nodes[0].step.rate == 1.0),
    "null parameters": (chain("[{typo: }]"), lambda c: c.chains["a"].nodes[0].step.name == "typo"),
    "balance": (
        chain("[typo]", "    variants: {balance: 3}\n").replace("text: text", "text: text, label: l"),
        lambda c: c.config.chains["a"].variants == Balance(balance=3),
    ),
    "checks off": (
        chain("[typo]", "    checks: [{changed: false}, {unique: false}, length_ratio]\n"),
        lambda c: [check.name for check in c.chains["a"].checks] == ["length_ratio"],
    ),
    "checks on": (BASE, lambda c: [check.name for check in c.chains["a"].checks] == ["changed", "unique"]),
    "no steps": (HEAD + "chains: {a: {}}", lambda c: c.chains["a"].nodes == []),
    "byte order mark": ("\ufeff" + BASE, lambda c: list(c.chains) == ["a"]),
    "CRLF": (BASE.replace("\n", "\r\n"), lambda c: list(c.chains) == ["a"]),
    "two texts": (HEAD.replace("text: text", "text: [a, b]"), lambda c: c.config.input.texts == ["a", "b"]),
    "groups": (
        chain("[{some_of: {n: [0, 2], steps: [typo, {sequence: [ocr]}]}}, {maybe: {p: 0, steps: [{one_of: [case]}]}}]"),
        lambda c: [type(node) for node in c.chains["a"].nodes] == [SomeOf, Maybe],
    ),
}


@pytest.mark.parametrize("name", RIGHT)
def test_no_mistakes(name: str, tmp_path: Path) -> None:
    text, holds = RIGHT[name]
    assert holds(loaded(tmp_path, text if "chains:" in text else text + "chains: {}\n"))


def test_streams_are_numbered_by_name(tmp_path: Path) -> None:
    config = loaded(tmp_path, chain("[typo, {one_of: [typo, {sequence: [ocr, typo]}]}, {one_of: [ocr]}]"))
    first, group, other = config.chains["a"].nodes
    assert isinstance(group, OneOf)
    assert isinstance(other, OneOf)
    inner = group.nodes[1]
    assert isinstance(inner, Sequential)
    does = [first, group.nodes[0], *inner.nodes, *other.nodes]
    assert [node.stream for node in does if isinstance(node, StepNode)] == ["typo", "typo#2", "ocr", "typo#3", "ocr#2"]
    assert (group.stream, other.stream) == ("one_of", "one_of#2")


@pytest.mark.parametrize("name", names(Step))
def test_every_step_takes_its_example(name: str, tmp_path: Path) -> None:
    step = find(Step, name)
    languages = sorted(step.languages or {"en"})
    language = "en" if "en" in languages else languages[0]
    example = re.sub(r"(map|confusions): \w+\.\w+", r"\1: null", step.example)
    example = re.sub(r", lists: \{.*?\}", "", example)
    text = chain(f"[{{{example}}}]" if ":" in example else f"[{example}]", "protect: {patterns: []}\n")
    text += "services: {llm: {base_url: http://localhost/v1}}\n" * name.startswith("llm")
    columns = f"text: text, label: label, language: {language}" + ", spans: spans" * step.needs_entities
    config = loaded(tmp_path, text.replace("text: text", columns))
    assert isinstance(config.chains["a"].nodes[0], StepNode)


def test_missing_and_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: there is no such file; `augcli init > none\.yaml` writes one"):
        load(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match="this is a folder"):
        load(tmp_path)
    for text in (BASE.encode("utf-16"), BASE.encode() + b"# \xe9\n"):
        assert "not UTF-8 (byte" in problems(tmp_path, text)[0]


SETS: list[tuple[list[str], Any]] = [
    (["seed=9"], lambda c: c.config.seed == 9),
    (["input.path=[a.csv, b.csv]"], lambda c: c.config.input.path == ["a.csv", "b.csv"]),
    (["chains.a.steps[0]=typo"], lambda c: c.chains["a"].nodes[0].step.name == "typo"),
    (["chains.a.steps.0=typo"], lambda c: c.chains["a"].nodes[0].step.name == "typo"),
    (["chains.a.steps[1].ocr.rate=0.5"], lambda c: c.chains["a"].nodes[1].step.rate == 0.5),
    (["chains.b.steps=[typo]"], lambda c: list(c.chains) == ["a", "b"]),
    (["engine.workers=2", "engine.workers=auto"], lambda c: c.config.engine.workers == "auto"),
    (["protect.words=[x]"], lambda c: c.config.protect.words == ["x"]),
    (["input.text=no"], lambda c: c.config.input.texts == ["no"]),
    (["output.path=a=b.csv"], lambda c: c.config.output.path == "a=b.csv"),
]
SET_BASE = chain("[random_swap, {ocr: {rate: 0.1}}]", "seed: 3\n")


@pytest.mark.parametrize(("sets", "holds"), SETS, ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_sets(sets: list[str], holds: Any, tmp_path: Path) -> None:
    assert holds(loaded(tmp_path, SET_BASE, *sets))


@pytest.mark.parametrize(
    ("pair", "says"),
    [
        ("=1", "'' is no key"),
        (".=1", "'.' is no key"),
        ("a..b=1", "'a..b' is no key"),
        ("[0]=1", "'[0]' is no key"),
        ("chains.a.steps[x]=1", "'chains.a.steps[x]' is no key"),
        ("sed=1", "sed: unknown key; allowed: seed, "),
        ("seed=x", "seed: expected a whole number, not text ('x')"),
        ("seed=", "seed: expected a whole number, not nothing"),
        ("seed.x.y=1", "seed.x.y: there is no seed.x to set"),
        ("seed[0]=1", "seed[0]: there is no seed[0] to set"),
        ("0=1", "[0]: there is no [0] to set"),
        ("chains.a.steps[2]=typo", "chains.a.steps[2]: there is no chains.a.steps[2] to set"),
        ("chains.a.steps.-1=typo", "there is no chains.a.steps.-1 to set"),
        ("chains.a.steps.typo=1", "there is no chains.a.steps.typo to set"),
        ("chains.a.steps[0].typo.rate=1", "there is no chains.a.steps[0].typo to set"),
        ("chains.x.steps.99.typo.rate=1", "there is no chains.x to set"),
        (f"chains.a.steps.{'1' * 5000}=1", "to set"),
        ("chains.a.steps.²=1", "there is no chains.a.steps.² to set"),
        ("chains.a.steps[1].ocr.rate=5", "chains.a.steps[1].ocr.rate: 5 is out of range; it must be at most 1"),
        ("chains.a.variants.balance=max", "chains.a.variants: balance needs input.label"),
    ],
)
def test_sets_that_are_wrong(pair: str, says: str, tmp_path: Path) -> None:
    told = problems(tmp_path, SET_BASE, pair)
    assert len(told) == 1
    assert told[0].startswith(f"--set {pair}: ")
    assert says in told[0]
    assert "\n" not in told[0]


@pytest.mark.parametrize(
    ("pair", "says"),
    [
        ("seed={", "this is not valid YAML"),
        ("seed=*x", "found undefined alias"),
        ("seed=\x00", "a character U+0000"),
        ("protect={words: [], words: []}", "protect: duplicate key: it already stands in line 1"),
        ("chains.a=&x {steps: *x}", "this alias stands inside"),
        ("chains.b={steps: [tpyo]}", "chains.b.steps[0]: there is no step called 'tpyo'; did you mean typo?"),
    ],
)
def test_sets_that_are_no_values(pair: str, says: str, tmp_path: Path) -> None:
    told = problems(tmp_path, SET_BASE, pair)
    assert len(told) == 1
    assert told[0].startswith(f"--set {pair}:")
    assert says in told[0]


def test_mistakes_of_file_and_sets_come_together(tmp_path: Path) -> None:
    told = problems(tmp_path, SET_BASE + "sed: 1\n", "chains.a.attempts=0", "chains.a.steps[0]=tpyo")
    assert sorted(message.split(":")[0] for message in told) == [
        "--set chains.a.attempts=0",
        "--set chains.a.steps[0]=tpyo",
        "c.yaml",
    ]


def test_inputs_are_found_beside_the_config_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "cwd").mkdir()
    for place in ("conf/x.jsonl", "cwd/x.jsonl", "cwd/y.jsonl", "conf/z1.jsonl", "conf/z2.jsonl", "conf/.hidden"):
        (tmp_path / place).touch()
    monkeypatch.chdir(tmp_path / "cwd")
    config = loaded(tmp_path / "conf", BASE).config
    assert find_inputs(config, "x.jsonl")[1] == [tmp_path / "conf/x.jsonl"]
    assert find_inputs(config, "y.jsonl")[1] == [Path("y.jsonl")]
    assert find_inputs(config, "z*.jsonl")[1] == [tmp_path / "conf/z1.jsonl", tmp_path / "conf/z2.jsonl"]
    assert find_inputs(config, str(tmp_path / "conf/z?.jsonl"))[1] == [
        tmp_path / "conf/z1.jsonl",
        tmp_path / "conf/z2.jsonl",
    ]
    assert find_inputs(config, "none*.jsonl") == (tmp_path / "conf/none*.jsonl", [])
    assert [path.name for path in find_inputs(config, str(tmp_path / "cwd"))[1]] == ["x.jsonl", "y.jsonl"]


FULL: dict[str, Any] = {
    "seed": 1,
    "input": {
        "path": "x.csv", "text": "t", "label": "l", "id": "i", "spans": "s", "tokens": None, "tags": None,
        "language": "en", "encoding": "utf-8", "delimiter": ",", "format": "csv",
    },
    "output": {"path": "o.csv", "keep_original": True, "format": "csv"},
    "protect": {"spans": "keep", "patterns": ["url"], "words": ["a"]},
    "chains": {
        "a": {
            "variants": 2,
            "steps": [
                "random_swap",
                {"one_of": ["random_swap", {"typo": {"rate": 0.1}}]},
                {"some_of": {"n": [1, 2], "steps": ["case", "ocr"]}},
                {"maybe": {"p": 0.5, "steps": ["blank"]}},
                {"sequence": [{"random_delete": {"keep": ["x"]}}]},
            ],
            "checks": ["changed", {"length_ratio": {"min": 0.5}}],
            "attempts": 2,
        },
        "b": {"variants": {"balance": "max"}, "steps": [{"punctuation": None}]},
    },
    "on_error": "fail",
    "engine": {"workers": 1, "chunk_rows": 5},
}  # fmt: skip


def paths_of(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for key, inner in items for deeper in paths_of(inner, (*path, key)))]


WORDS = [
    "",
    "a",
    "typo",
    "one_of",
    "some_of",
    "max",
    "no",
    "-",
    "(",
    "..",
    "\0",
    "Balance",
    "int",
    "list[any]",
    "undefined",
]
KEYS = [*WORDS, "steps", "n", "p", "rate", "balance", "path", "text", "changed", "1", "min", "keep", "map"]
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 3),
    st.just(10**30),
    st.floats(),
    st.sampled_from(WORDS),
    st.text(max_size=3),
)
trees = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(KEYS), inner, max_size=3)),
    max_leaves=6,
)


@settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.tuples(st.sampled_from(paths_of(FULL)), trees), min_size=1, max_size=2))
def test_anything_anywhere_is_a_config_or_a_config_error(tmp_path: Path, grafts: list[tuple[Any, Any]]) -> None:
    tree = json.loads(json.dumps(FULL))
    for path, value in grafts:
        target: Any = {"root": tree}
        for key in ("root", *path)[:-1]:
            target = target[key] if isinstance(target, dict) and key in target else None
        if isinstance(target, dict):
            target[("root", *path)[-1]] = value
    text = json.dumps(tree).replace("NaN", ".nan").replace("-Infinity", "-.inf").replace("Infinity", ".inf")
    try:
        loaded(tmp_path, text)
    except ConfigError as error:
        assert str(error)  # noqa: PT017 - a config that is right is fine too


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.integers(0, len(SET_BASE)), st.text(" \t\n:-[]{}&*!|>'\"%@`#?,a1~\x00\u2028é", min_size=1, max_size=4))
def test_broken_yaml_is_a_config_error(tmp_path: Path, at: int, inserted: str) -> None:
    try:
        loaded(tmp_path, SET_BASE[:at] + inserted + SET_BASE[at:])
    except ConfigError as error:
        assert str(error)  # noqa: PT017 - a config that is right is fine too


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.one_of(
        st.sampled_from([".".join(map(str, path)) for path in paths_of(FULL)]),
        st.text("ab.[]0129-é ", max_size=8),
        st.lists(st.sampled_from(["chains", "a", "steps", "0", "[1]", "typo", "input", ""]), max_size=5).map(".".join),
    ),
    st.one_of(trees.map(json.dumps), st.text(" {}[]:*&'a1", max_size=5)),
)
def test_any_set_is_a_config_or_a_config_error(tmp_path: Path, key: str, value: str) -> None:
    file = tmp_path / "c.yaml"
    file.write_text(json.dumps(FULL))
    try:
        load(file, [("--set", key, value)])
    except ConfigError as error:
        assert str(error)  # noqa: PT017 - a config that is right is fine too
