"""The report of a run: what came in, what went out, what became of every variant that was requested."""

from __future__ import annotations

import platform
from collections import Counter
from typing import Any

from augcli import __version__
from augcli.chains.ledger import Ledger, Work
from augcli.io.files.atomic import AtomicFile
from augcli.io.files.storage import Place, written_path
from augcli.report.cautions import cautions
from augcli.report.diversity import with_self_bleu
from augcli.report.document import RULES, inputs, sign, started_at, version_of
from augcli.report.outcome import Outcome
from augcli.report.signature import short_config, signature

PACKAGES = ("codespell", "jieba", "num2words", "opencc", "orjson", "pyarrow", "pydantic", "pypinyin", "regex", "rjieba")

LARGE = 1_000_000
"""Variants from which on a run takes so long that two seconds more for self-BLEU do not matter."""
PLOTTED = 2_000
"""Variants from which on a run draws plots: that takes most of a second. `augcli report` draws them for fewer."""
STRONGEST = 20
"""Words that carry a label and that a report lists; all are in a file beside it."""


def write_report(outcome: Outcome, folder: Place) -> None:
    """Write report.html and report.json under temporary names in `folder`, and add them to the outputs."""
    report = build(outcome)
    if report["diversity"] and outcome.counts.variants >= LARGE:
        report["diversity"] = with_self_bleu(report["diversity"])
    html = AtomicFile(outcome.paths.html, folder)
    with html.open() as file:
        file.write(render(report).encode())
    outcome.outputs.append(html)
    report["outputs"].append(_output_entry(html))
    sealed = AtomicFile(outcome.paths.report, folder)
    with sealed.open() as file:
        file.write(sign(report))
    outcome.outputs.append(sealed)


def build(outcome: Outcome) -> dict[str, Any]:
    """The report as plain values."""
    config, found, totals = outcome.pipeline.config, outcome.dataset, outcome.counts
    seconds = max(outcome.seconds, 1e-9)
    requested, highlights = _requested(outcome), totals.tally.highlights
    report = {
        "augcli": __version__,
        "signature": signature(outcome),
        "run": {
            "started": started_at(outcome.started),
            "seconds": round(outcome.seconds, 3),
            "rows_per_second": round((found.rows - outcome.resumed_rows) / seconds, 1),
            "variants_per_second": round(max(totals.variants - outcome.resumed_variants, 0) / seconds, 1),
            "seed": config.seed,
            "engine": outcome.engine,
            "workers": outcome.workers,
            "device": "cuda" if any(step.on_gpu() for step in outcome.pipeline.models) else "cpu",
            "limit": outcome.options.limit,
            "chunks": len(found.chunks),
            "chunk_rows": outcome.pipeline.chunk_rows,
            "rules": RULES,
            "chunks_resumed": outcome.resumed,
            "fingerprint": outcome.fingerprint,
            "python": platform.python_version(),
            "packages": {name: known for name in PACKAGES if (known := version_of(name))},
        },
        "config": config.model_dump(mode="json"),
        "inputs": inputs(found.sources),
        "outputs": [_output_entry(sealed) for sealed in outcome.outputs],
        "rows": {"read": found.rows - found.pooled, "unlabelled": found.pooled, "dropped": found.dropped,
                 "rest": found.rest, "left_out": found.left_out, "written": totals.tally.written,
                 "originals": totals.tally.written - totals.variants, "variants": totals.variants},
        "services": {
            name: {"requests": spent.requests, "characters": spent.characters, "characters_from_cache": spent.saved}
            | ({"input_tokens": spent.input_tokens, "output_tokens": spent.output_tokens} if spent.tokens else {})
            for name, spent in outcome.spent.items()
        },
        "dropped_rows": found.dropped_rows,
        "remarks": outcome.warnings,
        "chains": {
            name: _chain(short_config(chain.nodes), totals.ledgers[name], totals.work[name])
            for name, chain in outcome.pipeline.chains.items()
        },
        "labels": {
            label: {"before": count, "after": totals.tally.labels[label], "requested": requested.get(label)}
            for label, count in sorted(found.labels.items(), key=lambda item: (-item[1], item[0]))
        },
        "label_words": _label_words(outcome),
        "teacher": outcome.teacher,
        "balance": {
            name: {label: {"requested": labels[label][0], "written": labels[label][1]} for label in sorted(labels)}
            for name, labels in totals.tally.balance.items()
        },
        "spans_lost": totals.tally.spans_lost,
        "lengths": {"unit": "characters", "before": _sort_keys(totals.tally.lengths_before),
                    "after": _sort_keys(totals.tally.lengths_after),
                    "variants_by_source": _sort_keys(totals.tally.variants_of_lengths)},
        "edit_rates": {"unit": "percent of characters edited",
                       "variants": {str(5 * step): count for step, count in sorted(totals.tally.edit_rates.items())}},
        "scores": {
            chain: {
                check: {f"{score:g}": count for score, count in sorted(counts.items())}
                for check, counts in sorted(scores.items())
            }
            for chain, scores in totals.tally.scores.items()
        },
        "resources": [*outcome.resources, *_fitted_statistics(outcome)],
        "replacements": highlights.most_frequent(),
        "diversity": highlights.diversity(),
        "examples": highlights.by_chain("step", "label"),
        "rejected": highlights.by_chain("rejected"),
    }  # fmt: skip
    return report | {"cautions": cautions(report)}


def _fitted_statistics(outcome: Outcome) -> list[dict[str, str]]:
    """The word statistics that the run made."""
    made = [sealed for sealed in outcome.outputs if sealed.path == outcome.paths.statistics]
    return [{"name": "word statistics", "from": "the input", "file": written_path(sealed.path), "licence": "yours",
             "sha256": sealed.sha256} for sealed in made]  # fmt: skip


def _requested(outcome: Outcome) -> dict[str, int]:
    """Variants requested of the rows of each label, where all chains keep the labels of their rows."""
    if outcome.teacher:
        return {}
    config, balance = outcome.pipeline.config, outcome.counts.tally.balance
    requested: Counter[str] = Counter()
    for name, chain in config.chains.items():
        if isinstance(chain.variants, int):
            requested.update({label: chain.variants * rows for label, rows in outcome.dataset.labels.items()})
        else:
            requested.update({label: asked for label, (asked, _) in balance.get(name, {}).items()})
    return dict(requested)


def _label_words(outcome: Outcome) -> dict[str, Any] | None:
    """How many words stayed as they carry a label, and the strongest of them."""
    if outcome.label_words is None:
        return None
    return {
        "number": len(outcome.label_words),
        "strongest": [word._asdict() for word in outcome.label_words[:STRONGEST]],
    }


def _chain(steps: str, ledger: Ledger, work: dict[str, Work]) -> dict[str, Any]:
    return {
        "recipe": steps,
        "ledger": {
            "asked": ledger.asked,
            "written": ledger.written,
            "unchanged": ledger.unchanged,
            "duplicate": ledger.duplicate,
            "refused": dict(sorted(ledger.refused.items())),
            "failed": ledger.failed,
        },
        "redrawn": ledger.redrawn,
        "spans_lost": ledger.spans_lost,
        "failures": ledger.failures,
        "steps": {
            step: {
                "texts": done.texts,
                "changed": done.changed,
                "edits": done.edits,
                "seconds": round(done.seconds, 4),
                "texts_per_second": round(done.texts / done.seconds, 1) if done.seconds else None,
            }
            for step, done in work.items()
        },
        "checks": {
            check: {
                "texts": done.texts,
                "rejected": done.changed,
                "seconds": round(done.seconds, 4),
            }
            for check, done in ledger.scored.items()
        },
    }


def _output_entry(sealed: AtomicFile) -> dict[str, Any]:
    return {"path": written_path(sealed.path), "rows": sealed.rows, "sha256": sealed.sha256, "bytes": sealed.size}


def _sort_keys(counts: dict[int, int]) -> dict[str, int]:
    return {str(key): counts[key] for key in sorted(counts)}


def render(report: dict[str, Any]) -> str:
    """The report as one HTML page that needs no network."""
    from augcli.report.html import page

    return page(report, plotted=PLOTTED)
