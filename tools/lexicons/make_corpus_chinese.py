"""Makes the corpus of the Chinese masked language model that comes with augcli, from openly licensed texts.

    for package in cataclysm-dda-data wesnoth-1.16-{data,httt,tsg,nr,l,did,ei,thot,trow,sof,sotbe,utbs,dm,dw,aoi,low} \\
        krita-l10n libreoffice-help-zh-{cn,tw} debian-handbook debian-reference-zh-cn debian-faq-zh-cn \\
        maint-guide-zh-cn debmake-doc installation-guide-amd64 linux-doc-6.1 kicad-doc-zh \\
        gnome-user-docs stellarium-data
    do apt-get download $package && dpkg-deb -x ${package}_*.deb DEB/$package; done
    python tools/lexicons/make_corpus_chinese.py --deb DEB --out out/corpus_zh
    python tools/lexicons/make_encoder.py out/encoder_zh
    augcli adapt configs/adapt_chinese.yaml

Simplified and traditional texts stay as they are. It writes train.jsonl, heldout.jsonl and SOURCES.md; the same input,
the same bytes.
"""

from __future__ import annotations

import argparse
import gettext
import json
import re
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

MOST_CHARACTERS = 120
TARGETS = (1, 1, 40, 90)
"""A passage is closed at one of so many characters: single sentences and longer contexts are both learnt."""
HELD_OUT = 50
"""One text in so many."""
LEAST = 6
"""Chinese characters of a text."""
SHARE = 0.7
"""Of a text, that are Chinese characters and marks."""
HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff，。！？；：、“”‘’「」『』《》（）…—]")
SENTENCE = re.compile(r"[^。！？]+[。！？]*[”」』）]*")
MARKUP = re.compile(r"https?:|www\.|[<>{}|\\^~=_$#@]|%[a-z\d]|\[[^\]]*\]|\*\*|&[a-z]+;")
BLOCKS = frozenset(
    (
        "p",
        "li",
        "dd",
        "dt",
        "td",
        "th",
        "h1",
        "h2",
        "h3",
        "h4",
        "title",
        "pre",
        "script",
        "style",
        "div",
        "table",
        "body",
    )
)
SKIPPED = frozenset(("pre", "code", "script", "style", "tt", "kbd"))
ENDS = "。！？：…」”）"


class Source(NamedTuple):
    """Where text is from, and the function that yields its paragraphs."""

    name: str
    origin: str
    licence: str
    read: Callable[[Path], Iterator[str]]


class Paragraphs(HTMLParser):
    """The texts of the blocks of a page, less what it shows as code."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._parts: list[str] = []
        self._skipped: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in SKIPPED:
            self._skipped.append(tag)
        if tag in BLOCKS:
            self._close()

    def handle_endtag(self, tag: str) -> None:
        if tag in self._skipped:
            self._skipped.remove(tag)
        if tag in BLOCKS:
            self._close()

    def handle_data(self, data: str) -> None:
        self._parts.append("\0" if self._skipped else data)

    def _close(self) -> None:
        self.found.append("".join(self._parts))
        self._parts.clear()


def pages(*patterns: str) -> Callable[[Path], Iterator[str]]:
    """Whole paragraphs of the pages of HTML or Mallard that have such paths, less those with code within."""

    def read(folder: Path) -> Iterator[str]:
        for path in sorted({path for pattern in patterns for path in folder.glob(pattern)}):
            page = Paragraphs()
            page.feed(path.read_text(encoding="utf-8", errors="ignore"))
            page.close()
            yield from (text for text in page.found if "\0" not in text and text.strip().endswith((*ENDS,)))

    return read


def translations(*patterns: str) -> Callable[[Path], Iterator[str]]:
    """What the messages of programs were translated to."""

    def read(folder: Path) -> Iterator[str]:
        for path in sorted({path for pattern in patterns for path in folder.glob(pattern)}):
            with path.open("rb") as file:
                catalog = vars(gettext.GNUTranslations(file))["_catalog"]
            for text in catalog.values():
                yield from re.split(r"\n+", str(text))

    return read


_GNU = "GPL-2+"
SOURCES = (
    Source(
        "Cataclysm: Dark Days Ahead (a game: descriptions, dialogue)", "Debian cataclysm-dda-data", "CC BY-SA 3.0",
        translations("cataclysm-dda-data/usr/share/locale/zh_*/LC_MESSAGES/*.mo"),
    ),
    Source(
        "Battle for Wesnoth (a game: stories, dialogue)", "Debian wesnoth-1.16-*", "GPL-2+, CC BY-SA 4.0",
        translations("wesnoth-*/usr/share/games/wesnoth/1.16/locale/zh_*/LC_MESSAGES/*.mo"),
    ),
    Source("Krita", "Debian krita-l10n", _GNU, translations("krita-l10n/usr/share/locale/zh_*/LC_MESSAGES/*.mo")),
    Source(
        "LibreOffice help", "Debian libreoffice-help-zh-{cn,tw}", "MPL-2.0",
        pages("libreoffice-help-zh-*/**/*.html"),
    ),
    Source(
        "Debian Administrator's Handbook", "Debian debian-handbook", "CC BY-SA 3.0, GPL-2+",
        pages("debian-handbook/**/zh-*/**/*.html"),
    ),
    Source(
        "Debian manuals", "Debian debian-{reference,faq}-zh-cn, maint-guide-zh-cn, debmake-doc, installation-guide",
        "GPL-2, GPL-2+, MIT", pages("*/**/*.zh-*.html", "*/**/zh_*/*.html", "installation-guide-*/**/zh_*/**/*.html"),
    ),
    Source(
        "Linux documentation", "Debian linux-doc-6.1", "GPL-2",
        pages("linux-doc-6.1/usr/share/doc/linux-doc-6.1/html/translations/zh_*/**/*.html"),
    ),
    Source("KiCad manual", "Debian kicad-doc-zh", "GPL-3+, CC BY 3.0", pages("kicad-doc-zh/**/zh/**/*.html")),
    Source("GNOME help", "Debian gnome-user-docs", "CC BY-SA 3.0", pages("gnome-user-docs/**/zh_*/**/*.page")),
    Source("Stellarium: skies of peoples", "Debian stellarium-data", _GNU, pages("stellarium-data/**/*.zh_*.utf8")),
)  # fmt: skip


def clean(text: str) -> str:
    """One line without blanks beside Chinese characters, without marks of hot keys."""
    text = re.sub(r"\([_&]?[A-Z]\)|（[_&]?[A-Z]）|~[A-Z]\b", "", text.replace("\u200b", ""))
    text = re.sub(r"\s+", " ", text).strip()
    return re.sub(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])", "", text)


def number(text: str) -> int:
    """The same number for a text on every machine."""
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big")


def passages(paragraph: str) -> Iterator[str]:
    """Consecutive sentences joined up to a length that their first one decides."""
    kept, size = list[str](), 0
    for sentence in SENTENCE.findall(paragraph):
        if kept and (size >= TARGETS[number(kept[0]) % len(TARGETS)] or size + len(sentence) > MOST_CHARACTERS):
            yield "".join(kept)
            kept, size = [], 0
        kept.append(sentence)
        size += len(sentence)
    yield "".join(kept)


def good(text: str) -> bool:
    """Whether it is Chinese prose of a fit length."""
    if len(text) > MOST_CHARACTERS or not text.isprintable() or MARKUP.search(text):
        return False
    return len(HAN.findall(text)) >= LEAST and len(CHINESE.findall(text)) >= SHARE * len(text)


def collect(source: Source, deb: Path) -> Iterator[str]:
    """Clean texts of a source."""
    for paragraph in source.read(deb):
        yield from filter(good, passages(clean(paragraph)))


def write(path: Path, texts: Iterable[str]) -> None:
    """One {"text": ...} a line."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)


def main() -> None:
    """Reads all sources, drops duplicates, and splits by hash."""
    parser = argparse.ArgumentParser()
    for name in ("deb", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    seen: set[str] = set()
    table = ["| source | from | licence | texts | Chinese characters |", "|---|---|---|--:|--:|"]
    total = 0
    for source in SOURCES:
        new = [text for text in dict.fromkeys(collect(source, args.deb)) if text not in seen]
        seen.update(new)
        size = sum(len(HAN.findall(text)) for text in new)
        total += size
        table.append(f"| {source.name} | {source.origin} | {source.licence} | {len(new):,} | {size:,} |")
    table.append(f"| all | | | {len(seen):,} | {total:,} |")
    ordered = sorted(seen, key=lambda text: (number(text), text))
    write(args.out / "train.jsonl", (text for text in ordered if number(text) % HELD_OUT))
    write(args.out / "heldout.jsonl", (text for text in ordered if number(text) % HELD_OUT == 0))
    (args.out / "SOURCES.md").write_text("\n".join(table) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
