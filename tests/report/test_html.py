from __future__ import annotations

import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from augcli.errors import DataError
from augcli.report import html
from augcli.report.html import page

SCRIPT = "<script>alert(1)</script>"
VOID = {"meta", "link", "wbr"}


@pytest.fixture(autouse=True)
def without_plots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plots take more time than all else in a page."""
    monkeypatch.setattr(html, "PLOTTED", 10_000)


def ledger(asked: int = 0, written: int = 0, unchanged: int = 0, duplicate: int = 0, **refused: int) -> dict[str, Any]:
    failed = refused.pop("failed", 0)
    assert asked == written + unchanged + duplicate + failed + sum(refused.values())
    return {
        "asked": asked,
        "written": written,
        "unchanged": unchanged,
        "duplicate": duplicate,
        "refused": refused,
        "failed": failed,
    }


def chain(counts: dict[str, Any], failures: list[str] | None = None) -> dict[str, Any]:
    work = {"texts": 600, "changed": 585, "edits": 1234, "seconds": 0.0712, "texts_per_second": 8427.0}
    return {
        "recipe": "typo[.1]",
        "ledger": counts,
        "redrawn": 31,
        "failures": failures or [],
        "steps": {"typo": work, "never": dict.fromkeys(work, 0) | {"texts_per_second": None}},
    }


def empty() -> dict[str, Any]:
    """The report of a run with no rows, no labels and no chains."""
    return {
        "augcli": "0.1.0",
        "signature": "seed:7|rows:0|augcli:0.1.0",
        "run": {
            "started": "2026-11-23T20:56:31+00:00", "seconds": 0.24, "rows_per_second": 0.0, "variants_per_second": 0.0,
            "seed": 7, "engine": "local", "workers": 1, "device": "auto", "limit": None, "chunks": 0,
            "chunks_resumed": 0, "fingerprint": "3c81" * 16, "python": "3.11.7", "packages": {"regex": "2024.5"},
        },
        "config": {"seed": 7, "input": {"path": "in.jsonl", "text": "text", "label": None},
                   "output": {"path": "out/rows.jsonl"}, "chains": {}},
        "inputs": [{"name": "in.jsonl", "path": "/data/in.jsonl", "sha256": "ab" * 32, "rows": 0, "bytes": 0}],
        "outputs": [{"path": "out/rows.jsonl", "rows": 880, "sha256": "cd" * 32, "bytes": 0}],
        "rows": {"read": 0, "dropped": 0, "written": 0, "originals": 0, "variants": 0},
        "services": {},
        "dropped_rows": [], "remarks": [],
        "chains": {},
        "labels": {},
        "label_words": None,
        "spans_lost": 0,
        "lengths": {"unit": "characters", "before": {}, "after": {}, "variants_by_source": {}},
        "edit_rates": {"unit": "percent of characters edited", "variants": {}},
        "resources": [],
        "examples": {},
    }  # fmt: skip


def full(**changes: Any) -> dict[str, Any]:
    """The report of an ordinary run."""
    report = empty() | {
        "rows": {"read": 300, "dropped": 0, "written": 880, "originals": 300, "variants": 580},
        "chains": {"noise": chain(ledger(600, 580, 15, 5))},
        "labels": {"PlayMusic": {"before": 200, "after": 590}, "RateBook": {"before": 100, "after": 290}},
        "lengths": {
            "unit": "characters",
            "before": {"30": 100, "40": 200},
            "after": {"30": 300, "40": 280},
            "variants_by_source": {"30": 300, "40": 280},
        },
        "edit_rates": {"unit": "percent of characters edited", "variants": {"0": 400, "10": 180}},
        "examples": {"noise": [example(["play a song"], [["typo", [[5, 6, "the"]]]])]},
    }
    report["config"]["input"]["label"] = "label"
    return report | changes


def example(before: list[str], steps: list[list[Any]], source: str | int = "r1") -> dict[str, Any]:
    return {"source": source, "number": 1, "before": before, "steps": steps}


def with_examples(*examples: dict[str, Any], columns: str | list[str] = "text") -> dict[str, Any]:
    report = full(examples={"noise": list(examples)})
    report["config"]["input"]["text"] = columns
    return report


class Page(HTMLParser):
    """The text and tags of a page. Fails on tags that do not nest."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.marked: dict[str, list[str]] = {"del": [], "ins": []}
        self.feed(html)
        self.close()
        assert not self.open
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in self.marked:
            self.marked[self.open[-1]].append(data)
        if self.open and self.open[-1] not in ("style", "title"):
            self.words.append(data)


def test_headline_and_ledger() -> None:
    shown = Page(page(full())).text
    assert "300 rows in, 880 out: 300 originals and 580 variants." in shown
    assert "20 of 600 requested variants were rejected: 15 unchanged, 5 duplicates." in shown
    assert "noise typo[.1] 600 580 15 5 0 96.7 % 31" in shown


def test_ledger_of_several_chains_adds_up() -> None:
    chains = {
        "a": chain(ledger(10, 4, 1, 2, length_ratio=3)),
        "b": chain(ledger(2_000, 1_990, failed=10), ["step 'typo' failed on row 'r1': ValueError: bad"]),
    }
    shown = Page(page(full(chains=chains))).text
    assert (
        "16 of 2,010 requested variants were rejected: 1 unchanged, 2 duplicates, 3 rejected by length_ratio," in shown
    )
    assert "10 failed." in shown
    assert "a typo[.1] 10 4 1 2 3 0 40.0 % 31" in shown
    assert "b typo[.1] 2,000 1,990 0 0 0 10 99.5 % 31" in shown
    assert "All chains 2,010 1,994 1 2 3 10 99.2 % 62" in shown
    assert "step 'typo' failed on row 'r1': ValueError: bad and 9 more" in shown


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        (ledger(600, 600), "All 600 requested variants were written."),
        (ledger(1, 1), "The 1 requested variant was written."),
        (ledger(2, 1, duplicate=1), "1 of 2 requested variants was rejected: 1 duplicate."),
        (ledger(), "No variants were requested."),
    ],
)
def test_given_up(counts: dict[str, Any], sentence: str) -> None:
    assert sentence in Page(page(full(chains={"noise": chain(counts)}))).text


def test_widths_of_the_stack_add_up() -> None:
    html = page(full())
    (stack,) = re.findall(r'<div class="stack">(.*?)</div>', html, re.S)
    widths = [float(width) for width in re.findall(r"width:([\d.]+)%", stack)]
    assert widths == pytest.approx([96.667, 2.5, 0.833])


def test_empty_run() -> None:
    shown = Page(page(empty())).text
    assert "0 rows in, 0 out: 0 originals and 0 variants. No variants were requested." in shown
    assert "The config has no chains." in shown
    assert "No variants were written." in shown
    assert "Rows per label" not in shown


@pytest.mark.parametrize("report", [empty(), full(), full(labels={})])
def test_nothing_is_loaded(report: dict[str, Any]) -> None:
    html = page(report)
    parsed = Page(html)
    assert not re.search(r"https?://|@import|url\(|\bsrc\s*=|//cdn", html)
    assert {tag for tag, _ in parsed.tags}.isdisjoint({"script", "img", "iframe", "object", "embed", "video", "audio"})
    assert [attrs["href"] for _, attrs in parsed.tags if "href" in attrs] == ["data:,"]
    assert "default-src 'none'" in html


def test_every_text_is_escaped() -> None:
    evil = SCRIPT + "\"'&\x00\x1b"
    report = full(
        labels={evil: {"before": 3, "after": 9}},
        dropped_rows=[evil],
        chains={"noise": chain(ledger(3, 2, failed=1), [evil])},
        examples={"noise": [example([evil], [["typo", [[0, 0, evil]]]], source=evil)]},
        resources=[{"name": evil, "licence": evil, "sha256": evil}],
        services={evil: {"requests": 1, "characters": 2, "characters_from_cache": 3}},
        rows={"read": 1, "dropped": 2, "written": 3, "originals": 1, "variants": 2},
    )
    report["config"]["output"]["path"] = evil
    report["replacements"] = {"rows": 1, "labels": {evil: [["typo", evil, evil, 1]]}, "steps": []}
    report["replacements"]["steps"] = [{"chain": evil, "step": evil, "different": 1, "commonest": [[evil, evil, 1]]}]
    html = page(report)
    assert "script" not in {tag for tag, _ in Page(html).tags}
    assert "<script" not in html
    assert not re.search("[\x00-\x08\x0b-\x1f]", html)
    assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;&amp;␀␛") >= 10


def box(**changes: Any) -> str:
    """The warnings of a page."""
    shown = Page(page(full(**changes))).text
    return shown.partition("Look at this first")[2].partition("What became")[0].strip()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, ""),
        ({"remarks": ["chain noise leaves labels short: b 1 of 9 variants"]},
         "Chain noise leaves labels short: b 1 of 9 variants."),
        ({"chains": {"noise": chain(ledger(10, 5, 5))}},
         "Chain noise: 50 % of the variants requested (5 of 10) unchanged: its steps found nothing to change;"),
        ({"chains": {"noise": chain(ledger(10, 5, perplexity=5))}},
         "Chain noise: 50 % of the variants requested (5 of 10) rejected by perplexity: see the examples below."),
        ({"labels": {"a": {"before": 50, "after": 60}, "b": {"before": 250, "after": 820}}},
         "Few variants for each row of a (0.2), where all have"),
        ({"labels": {"a": {"before": 5, "after": 60}, "b": {"before": 10, "after": 110}}},
         "More than 10 variants for each row of a (11): so many say little new"),
        ({"labels": {"a": {"before": 5, "after": 10}, "b": {"before": 90, "after": 180}}},
         "Labels remain uneven: 180 rows of b, 10 of a;"),
    ],
)  # fmt: skip
def test_warnings(changes: dict[str, Any], told: str) -> None:
    assert box(**changes).startswith(told)
    assert bool(box(**changes)) == bool(told)


def test_warnings_are_escaped_and_show_code() -> None:
    html = page(full(remarks=["set `a <b>` & go"]))
    assert "<bdi>Set <code>a &lt;b&gt;</code> &amp; go.</bdi>" in html


def test_replacements_by_step_and_label() -> None:
    found = {
        "rows": 300,
        "steps": [{"chain": "noise", "step": "synonym", "different": 2,
                   "commonest": [["card", "credit", 7], ["", "very", 1]]}],
        "labels": {"PlayMusic": [["synonym", "card", "credit", 5]]},
    }  # fmt: skip
    shown = Page(page(full(replacements=found))).text
    assert "synonym 2 different card → credit 7 very 1 By label PlayMusic card → credit 5" in shown


def test_examples_show_labels_entities_and_reasons() -> None:
    item = {**example(["fly to Rome"], [["typo", [[0, 1, "d"]]]]), "label": "Book",
            "spans": [[[[7, 11, "city"]]], [[[7, 11, "city"]]]], "shows": [["rejected", "perplexity"]],
            "reason": "it is 900, more than 300"}  # fmt: skip
    html = page(full(examples={"noise": [item]}, rejected={"noise": [item]}))
    assert html.count('<span class="entity" title="city">Rome</span>') == 2
    shown = Page(html).text
    assert "variant 1 Book typo fly dly to Rome" in shown
    assert "perplexity: it is 900, more than 300" in shown


def test_plots_from_some_variants_on(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "<svg" not in page(full())
    monkeypatch.setattr(html, "PLOTTED", 580)
    shown = page(full())
    assert shown.count('<svg class="figure"') == 2
    assert "url(" not in shown


def test_no_folder_of_the_machine_is_told() -> None:
    report = full(
        remarks=["/home/me/words.tsv is short; see s3://bucket/key"],
        resources=[{"name": "words", "file": "/home/me/words.tsv"}],
        dropped_rows=["C:\\Users\\me\\in.csv: row 3: bad"],
        rows={"read": 1, "dropped": 1, "written": 1, "originals": 1, "variants": 0},
    )
    report["config"]["input"]["path"] = ["/home/me/in.csv", "data/in.csv"]
    html = page(report)
    assert not re.search("/home|Users", html)
    for name in ("words.tsv", "s3://bucket/key", "data/in.csv", "in.csv: row 3"):
        assert name in html


def test_the_report_of_another_version() -> None:
    early = {key: value for key, value in full().items() if key not in ("label_words", "services", "spans_lost")}
    assert "580 variants" in page(early)
    with pytest.raises(DataError, match=r"old\.report\.json: it lacks lengths, edit_rates, so another version"):
        page({key: value for key, value in early.items() if key not in ("lengths", "edit_rates")}, "old.report.json")


def test_many_labels() -> None:
    labels = {f"label {number}": {"before": 200 - number, "after": 200} for number in range(200)}
    shown = Page(page(full(labels=labels))).text.partition("Rows per label")[2]
    assert "label 39 161 200" in shown
    assert "label 40 " not in shown
    assert f"and 160 more {sum(range(1, 161)):,} 32,000" in shown
    assert "before: largest 200, smallest 1 (200.0 to 1)" in shown


def test_labels_without_rows_and_names() -> None:
    shown = Page(page(full(labels={"": {"before": 5, "after": 0}}))).text
    assert "(empty) 5 0" in shown
    assert "after: largest 0, smallest 0" in shown


def test_dropped_rows_and_lost_spans() -> None:
    rows = {"read": 10, "dropped": 70, "written": 10, "originals": 10, "variants": 0}
    shown = Page(page(full(rows=rows, dropped_rows=[f"in.csv: row {n}" for n in range(60)], spans_lost=1))).text
    assert "70 more rows could not be read and were left out." in shown
    assert "1 entity span was edited away." in shown
    assert "in.csv: row 19 and 50 more" in shown


def test_edit_rates_as_numbers() -> None:
    shown = Page(page(full())).text
    assert "580 variants, median 0 to 5 %" in shown
    assert "0 to 5 % 400 69.0 % 5 to 10 % 0 0.0 % 10 to 15 % 180 31.0 %" in shown


def test_edit_rates_beyond_all() -> None:
    report = full(edit_rates={"unit": "", "variants": {"100": 7}})
    assert "100 % or more 7 100.0 %" in Page(page(report)).text


def test_lengths_as_numbers() -> None:
    shown = Page(page(full())).text
    assert "300 source rows, median 40 to 49" in shown
    assert "30 to 39 100 33.3 % 300 51.7 % 40 to 49 200 66.7 % 280 48.3 %" in shown


def test_few_huge_texts_leave_the_length_plot_readable() -> None:
    report = full(
        lengths={"unit": "", "before": {"10": 500, "90": 499, "98000": 1}, "after": {"20": 4}, "variants_by_source": {}}
    )
    shown = Page(page(report)).text
    assert "10 to 19 500 50.0 %" in shown
    assert "90 to 99 499 49.9 %" in shown
    assert "100 or more 1 0.1 %" in shown


def test_bins_of_long_texts_are_edges_that_were_counted() -> None:
    counts = {"0": 50, "190": 20, "200": 40, "1900": 60, "5000": 80}
    shown = Page(page(full(lengths={"unit": "", "before": counts, "after": {}, "variants_by_source": {}}))).text
    assert "0 to 499 110 44.0 %" in shown
    assert "1,500 to 1,999 60 24.0 %" in shown
    assert "5,000 to 5,499 80 32.0 %" in shown


def test_example_shows_the_net_edits_of_all_steps() -> None:
    steps = [["swap", [[0, 4, "song"], [7, 11, "play"]]], ["typo", [[0, 4, "sogn"]]], ["typo", [[10, 11, "i"]]]]
    parsed = Page(page(with_examples(example(["play a song"], steps, source=17))))
    assert "row 17 , variant 1 swap ×2 typo ×2" in parsed.text
    assert parsed.marked["del"] == ["deleted", "play", "song"]
    assert parsed.marked["ins"] == ["inserted", "sogn", "plai"]


def test_example_with_pairs() -> None:
    steps = [["typo", [[0, 1, "X"]], 1], ["delete", [[0, 2, ""]], 0]]
    report = with_examples(example(["a premise", "b hypothesis"], steps), columns=["premise", "hypothesis"])
    parsed = Page(page(report))
    assert parsed.marked["del"] == ["deleted", "a ", "b"]
    assert parsed.marked["ins"] == ["inserted", "X"]
    assert "premise a premise hypothesis b X hypothesis" in parsed.text


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("订一家餐厅", "一家"),
        ("שלום עולם \u202eabc", "שלום"),
        ("👩‍👩‍👧 family 😀", "\u200d👩"),
        ("𝒳𝒴𝒵 and e\u0301", "𝒳𝒴𝒵"),
    ],
)
def test_example_counts_in_code_points(text: str, word: str) -> None:
    parsed = Page(page(with_examples(example([text], [["typo", [[1, 3, "好"]]]]))))
    assert parsed.marked["del"][1:] == [word]
    assert parsed.marked["ins"][1:] == [word.replace(text[1:3], "好")]


def test_long_example_is_cut_around_its_edits() -> None:
    text = "".join(f"word{number} " for number in range(12_000))
    at = text.index("word9000 ")
    shown = Page(page(with_examples(example([text], [["delete", [[at, at + 9, ""]]]]))))
    assert shown.marked["del"][1:] == ["word9000 "]
    assert "word8999 word9000 word9001" in shown.text
    assert "word8900" not in shown.text
    assert len(shown.text) < 5_000


def test_long_example_with_very_many_edits_is_quick_and_short() -> None:
    text = "abcdefghi " * 10_000
    edits = [[at, at + 1, "Z"] for at in range(0, len(text), 10)]
    html = page(with_examples(example([text], [["typo", edits], ["typo", edits]])))
    assert "… more edits follow" in html
    assert len(html) < 40_000


def test_run_facts_files_and_config() -> None:
    report = full(resources=[{"name": "wordnet", "licence": "WordNet"}, {"name": "glove", "sha256": "ef" * 32}])
    report["config"]["note"] = "订餐"
    shown = Page(page(report)).text
    assert " in.jsonl 0 0 " + "ab" * 32 in shown
    assert "out/rows.jsonl 880 0 " + "cd" * 32 in shown
    assert "Fingerprint " + "3c81" * 16 in shown
    assert "seed:7|rows:0|augcli:0.1.0" in shown
    assert "augcli 0.1.0, Python 3.11.7, regex 2024.5" in shown
    assert "name licence sha256 wordnet WordNet glove " + "ef" * 32 in shown
    assert "typo 600 585 (97.5 %) 1,234 0.071 8,427 never 0 0 (–) 0 0.000 –" in shown
    assert "note: 订餐" in shown


def test_what_was_sent_to_platforms() -> None:
    sent = {"requests": 1_200, "characters": 34_567, "characters_from_cache": 89}
    heading = "Sent to translation platforms"
    shown = Page(page(full(services={"deepl": sent, "baidu": dict.fromkeys(sent, 0)}))).text
    table = "platform calls characters sent characters from the cache deepl 1,200 34,567 89 baidu 0 0 0"
    assert f"{heading} {table}" in shown
    assert heading not in Page(page(full())).text


def test_of_very_many_files_the_first_are_shown() -> None:
    report = full()
    report["inputs"] = [{**report["inputs"][0], "name": f"{number}.jsonl"} for number in range(1234)]
    shown = Page(page(report)).text
    assert " 19.jsonl" in shown
    assert " 20.jsonl" not in shown
    assert "and 1,214 more; all are in the JSON report" in shown


@pytest.mark.programs("chromium")
def test_in_a_browser(tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    file.write_text(
        page(with_examples(example([SCRIPT + " שלום"], [["typo", [[0, 1, "<img src=x onerror=alert(1)>"]]]])))
    )
    flags = [
        "--headless",
        "--enable-logging=stderr",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-sync",
    ]
    flags += [
        "--disable-background-networking",
        "--disable-component-update",
        f"--user-data-dir={tmp_path / 'profile'}",
    ]
    done = subprocess.run(
        ["chromium", *flags, "--dump-dom", file.as_uri()], check=True, capture_output=True, text=True, timeout=600
    )
    dom = Page(done.stdout)
    assert {"script", "img"}.isdisjoint(tag for tag, _ in dom.tags)
    assert dom.marked == {"del": ["deleted", "<"], "ins": ["inserted", "<img src=x onerror=alert(1)>"]}
    assert "300 rows in, 880 out" in dom.text
    assert "CONSOLE" not in done.stderr  # where a refused load would be told
