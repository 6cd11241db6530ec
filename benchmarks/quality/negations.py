"""Whether a negation is lost or comes in: 500 negated texts per language, each step that works in it, two variants.

Counted without augcli, by regular expressions over the texts; see `negated.py`. Steps that need what is not installed
are left out and named.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from augcli.chains.compose import StepNode
from augcli.chains.runner import Runner
from augcli.chains.variants import Chain
from augcli.checks.rules import Changed, Unique
from augcli.errors import AugError
from augcli.language.word_statistics import Statistics, lowered
from augcli.plugin import find, names
from augcli.steps.step import CorpusStep, Step
from augcli.text.protect import Protector
from augcli.text.record import Record
from augcli.text.text import Text
from benchmarks.common.measure import percent, print_table
from benchmarks.quality.negated import LANGUAGES, count, negated

STRONG: dict[str, list[dict[str, Any]]] = {
    "case": [{"mode": mode} for mode in ("lower", "upper", "title", "swap")],
    "number_words": [{}],
    "punctuation": [{}],
    "random_swap": [{"rate": 0.5}],
    "random_insert": [{"rate": 0.5}],
    "back_translation": [{"pivots": ["es"]}, {"pivots": ["eo"]}, {"pivots": ["ca"]}],
    "contraction": [{"mode": "expand"}, {"mode": "contract"}],
    "replace": [{"map": ["british", "abbreviations", "slang"], "direction": "both"}],
    "traditional": [{}, {"to": "taiwan_words"}, {"to": "simplified"}],
}
"""What steps are tried with; `rate: 0.5` where nothing is said and there is a rate."""


def steps(language: str, statistics: str) -> Iterator[Step]:
    """The steps that work in a language, as they are tried."""
    for name in names(Step):
        kind = find(Step, name)
        usual: list[dict[str, Any]] = [{"rate": 0.5}] if "rate" in kind.model_fields else [{}]
        for parameters in STRONG.get(name, usual):
            step = kind.model_validate(parameters)
            if (step.languages is None or language in step.languages) and not step.config_error(language, []):
                yield step.model_copy(update={"statistics": statistics}) if isinstance(step, CorpusStep) else step


def variants(step: Step, language: str, texts: Sequence[str], each: int) -> tuple[list[tuple[str, str]], int]:
    """Pairs of a text and its variant, and how many variants were refused. Raises AugError when the step cannot run."""
    chain = Chain("c", [StepNode(step, step.name)], [Changed(), Unique()], 2, lambda _: each)
    runner = Runner([chain], seed=1, language=language, protector=Protector([]))
    runner.setup()
    sources, ledgers, *_ = runner.run([Record(number, (text,)) for number, text in enumerate(texts)])
    made = [(source.record.texts[0], one.texts[0]) for source in sources for one in source.accepted]
    return made, ledgers["c"].refused.total()


def changed(pairs: Sequence[tuple[str, str]], language: str) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The pairs that lost a negation, and those to which one was added."""
    moved = [(before, after, count(after, language) - count(before, language)) for before, after in pairs]
    return [pair[:2] for pair in moved if pair[2] < 0], [pair[:2] for pair in moved if pair[2] > 0]


def parameters(step: Step) -> str:
    """What a step was tried with."""
    said: Mapping[str, Any] = step.model_dump(exclude_unset=True, exclude={"statistics"})
    return json.dumps(said).strip("{}").replace('"', "") if said else ""


def measured(languages: Sequence[str], options: argparse.Namespace) -> Iterator[list[str]]:
    """Rows of the table, one for each step in each language."""
    for language in languages:
        texts = negated(language, options.rows)
        with TemporaryDirectory() as folder:
            found = Statistics()
            for text in texts:
                found.add(lowered(Text(text, language)))
            file = Path(folder) / "statistics.tsv"
            file.write_bytes(found.dump())
            for step in steps(language, str(file)):
                if options.only and step.name not in options.only:
                    continue
                cells = [language, step.name, parameters(step)]
                try:
                    pairs, refused = variants(step, language, texts, options.variants)
                except AugError as error:
                    yield [*cells, "0", "", "", f"not run: {str(error)[:60]}"]
                    continue
                if not pairs and not refused:
                    continue
                lost, added = changed(pairs, language)
                for before, after in [*lost, *added][: options.show]:
                    print(f"{language} {step.name}: {before!r}\n    => {after!r}", flush=True)
                shares = (f"{percent(len(some), len(pairs))} ({len(some)})" for some in (lost, added))
                yield [*cells, f"{len(pairs):,}", *shares, f"{refused:,}"]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("languages", nargs="*", choices=[*LANGUAGES, []], help="without any: all that have a list")
    parser.add_argument("--rows", type=int, default=500, help="texts per language (%(default)s)")
    parser.add_argument("--variants", type=int, default=2, help="of each text (%(default)s)")
    parser.add_argument("--only", nargs="+", metavar="STEP", help="only these steps")
    parser.add_argument("--show", type=int, default=0, help="so many of the wrong ones of each step (%(default)s)")
    options = parser.parse_args()
    rows = list(measured(options.languages or list(LANGUAGES), options))
    print_table(["language", "step", "parameters", "variants", "lost", "added", "refused"], rows)
    wrong = sum(not row[4].endswith("(0)") or not row[5].endswith("(0)") for row in rows if row[4])
    print(f"\n{wrong} of {len(rows)} rows with a negation lost or added in some variant")


if __name__ == "__main__":
    main()
