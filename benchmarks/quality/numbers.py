"""How often a step breaks a number: real texts that hold numbers, some variants of each, everything protected.

An extractor that knows nothing of the protected pattern tells the numbers: it goes over tokens from digits to what
stands before and after them. A variant is broken when an expression of its source is no longer there as it was, and
altered when its expressions are not those of the source: one came in, or a unit came to stand beside a number.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import orjson

from augcli.plugin import find, names
from augcli.steps.step import Step
from augcli.text.protect import PATTERNS
from benchmarks.common.measure import (
    SAMPLE,
    augment,
    percent,
    print_table,
    rows_of,
    texts_of,
    write_config,
    write_jsonl,
)

LEFT_OUT = {"back_translation", "number_words"}
"""One needs a translator, the other changes numbers on purpose."""
CORPORA = {"en": [SAMPLE, SAMPLE.with_name("banking77.jsonl")], "zh": [SAMPLE.with_name("crosswoz_zh.jsonl")]}
_TOKEN = re.compile(r"\d+(?:[.,:/-]\d+)*|[a-z]+|\S", re.IGNORECASE)
_BEFORE = frozenset(["$", "€", "£", "¥", "￥", "usd", "eur", "gbp", "rmb"])
_UNITS = (
    "hundred thousand million billion trillion bn mn k dozen percent % ° °c pct dollar dollars cent cents euro "
    "euros € £ $ pound pounds pm am second seconds minute minutes hour hours day days week weeks month months "
    "year years decade century kg g mg lb lbs oz ounce ounces ton tons tonnes m cm mm km mile miles foot feet "
    "meter meters metre metres inch inches mph litre litres liter liters gallon gallons degree degrees celsius "
    "fahrenheit gb mb tb kb mhz ghz star stars point points st nd rd th"
)
_AFTER = frozenset(_UNITS.split())
_CHINESE = re.compile(
    r"第?(?:\d+(?:[.:/-]\d+)*|[一二两三四五六七八九十百千万亿]{2,}|(?<=第)[一二三四五六七八九十])[十百千万亿多余]*"
    r"(?:(?:美|欧|日)?元|块|%|岁|小时|分钟|秒|年|个月|月|日|号|点半?|公里|平方米|米|公斤|克|吨|摄氏度|度|折|倍|章|个|位|名|次|间|星|楼|路)?"
)


def english_numbers(text: str) -> list[str]:
    """The numbers of an English text, each with the currency before it and magnitudes and units behind it."""
    tokens = list(_TOKEN.finditer(text))
    found = []
    for at, token in enumerate(tokens):
        if not token[0][0].isdigit():
            continue
        start, end = token.span()
        if at and tokens[at - 1][0].lower() in _BEFORE and start - tokens[at - 1].end() < 2:
            start = tokens[at - 1].start()
        for after in tokens[at + 1 : at + 4]:
            if after[0].lower() not in _AFTER or text[end : after.start()] not in ("", " ", "-"):
                break
            end = after.end()
        found.append(text[start:end])
    return found


def numbers(text: str, language: str) -> list[str]:
    """The numbers of a text as they are written."""
    return _CHINESE.findall(text) if language == "zh" else english_numbers(text)


def lost(source: str, variant: str, language: str) -> bool:
    """Whether a number of `source` stands less often in `variant`."""
    bounded = (re.compile(rf"(?<!\d){re.escape(number)}(?!\d)") for number in set(numbers(source, language)))
    return any(len(number.findall(variant)) < len(number.findall(source)) for number in bounded)


def step_of(name: str, rate: float) -> dict[str, Any]:
    """The step, at a rate where it has one."""
    needed = {"map": "abbreviations"} if name == "replace" else {}
    return {name: {"rate": rate, **needed} if "rate" in find(Step, name).model_fields else {}}


def variants(
    texts: Sequence[str], language: str, step: dict[str, Any], count: int, patterns: Sequence[str]
) -> list[tuple[str, str]]:
    """Each variant that augcli writes, after its source."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        source, target, config = folder / "rows.jsonl", folder / "out.jsonl", folder / "config.yaml"
        write_jsonl(source, rows_of(texts, len(texts)))
        write_config(config, source, target, [step], count, language)
        config.write_bytes(orjson.dumps({**orjson.loads(config.read_bytes()), "protect": {"patterns": list(patterns)}}))
        augment(config, "--workers", "1")
        rows = [orjson.loads(line) for line in target.read_bytes().splitlines()]
    return [(texts[int(row["aug_source"][1:])], row["text"]) for row in rows if row["aug_chain"]]


def measure(texts: Sequence[str], language: str, options: argparse.Namespace) -> Iterable[list[str]]:
    """A row of the table for each step."""
    for name in names(Step):
        kind = find(Step, name)
        if name in LEFT_OUT or (kind.languages is not None and language not in kind.languages):
            continue
        try:
            pairs = variants(texts, language, step_of(name, options.rate), options.variants, options.patterns)
        except RuntimeError as error:
            yield [name, re.sub(r"^error: \S+ chains\S+ ", "", str(error))[:60], "", ""]
            continue
        broken = [(source, variant) for source, variant in pairs if lost(source, variant, language)]
        altered = [
            (source, variant)
            for source, variant in pairs
            if Counter(numbers(source, language)) != Counter(numbers(variant, language))
        ]
        yield [name, f"{len(pairs):,}", percent(len(broken), len(pairs)), percent(len(altered), len(pairs))]
        for source, variant in altered[: options.show]:
            print(f"  {name}: {source!r}\n  -> {variant!r}")


def main() -> None:
    """Run every step over texts with numbers, and print the shares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for language, corpora in CORPORA.items():
        parser.add_argument(f"--corpus-{language}", type=Path, nargs="+", default=corpora, help="JSONL with `text`")
    parser.add_argument("--rows", type=int, default=400, help="texts with numbers in each language (%(default)s)")
    parser.add_argument("--variants", type=int, default=4, help="of each text (%(default)s)")
    parser.add_argument("--rate", type=float, default=0.3, help="of the steps that have one (%(default)s)")
    parser.add_argument("--patterns", nargs="*", default=list(PATTERNS), help="what is protected; default: all")
    parser.add_argument("--show", type=int, default=0, help="so many altered variants of each step (%(default)s)")
    options = parser.parse_args()
    for language in CORPORA:
        corpora = vars(options)[f"corpus_{language}"]
        every = [text for corpus in corpora for text in dict.fromkeys(texts_of(corpus)) if numbers(text, language)]
        texts = every[:: max(1, len(every) // options.rows)][: options.rows]
        print(f"\n## {language}: {len(texts):,} texts with numbers\n", flush=True)
        print_table(["", "variants", "broken", "altered"], list(measure(texts, language, options)))


if __name__ == "__main__":
    main()
