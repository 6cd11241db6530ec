"""The commands by what they are for, each with examples for its help."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import typer

from augcli.cli.adapt import adapt
from augcli.cli.evaluate import evaluate
from augcli.cli.inspect import inspect
from augcli.cli.learn import explain, schema, try_steps
from augcli.cli.provenance import report, trace, verify
from augcli.cli.run import check, plan, preview, run
from augcli.cli.setup import doctor, init, resources_app, steps
from augcli.cli.vectors import vectors
from augcli.cli.vocabulary import restore, vocabulary


class Command(NamedTuple):
    """A command of the program."""

    name: str
    function: Callable[..., Any]
    examples: tuple[str, ...]


GROUPS: Mapping[str, tuple[Command, ...]] = {
    "Start": (
        Command("init", init, ("augcli init --from train.csv > config.yaml", "augcli init paraphrase > config.yaml")),
        Command(
            "try",
            try_steps,
            (
                'augcli try "Where can I buy a cheap phone?" --step synonym',
                'augcli try "It is late." --step contraction --step "typo: {rate: 0.5}" -n 3',
            ),
        ),
        Command("steps", steps, ("augcli steps", "augcli steps synonym")),
        Command("help", explain, ("augcli help output.keep_original", "augcli help attempts")),
        Command("schema", schema, ("augcli schema > augcli.schema.json",)),
    ),
    "Look": (
        Command("check", check, ("augcli check config.yaml", "augcli check config.yaml --input other.csv")),
        Command("inspect", inspect, ("augcli inspect train.csv", "augcli inspect config.yaml --html look.html")),
        Command("plan", plan, ("augcli plan config.yaml",)),
        Command(
            "preview",
            preview,
            ("augcli preview config.yaml -n 3", "augcli preview config.yaml --set chains.a.variants=4"),
        ),
        Command(
            "vocabulary", vocabulary, ("augcli vocabulary config.yaml", "augcli vocabulary config.yaml -o words.txt")
        ),
    ),
    "Run": (
        Command(
            "run",
            run,
            (
                "augcli run config.yaml",
                "augcli run config.yaml --limit 100 --output out/some.jsonl",
            ),
        ),
        Command("adapt", adapt, ("augcli adapt adapt.yaml",)),
        Command("vectors", vectors, ("augcli vectors vectors.yaml",)),
    ),
    "Afterwards": (
        Command("trace", trace, ('augcli trace out/train.jsonl "r17#noise.1"', "augcli trace out/train.jsonl 2")),
        Command("verify", verify, ("augcli verify out/train.jsonl",)),
        Command("report", report, ("augcli report out/train.jsonl",)),
        Command("restore", restore, ("augcli restore out/train.jsonl", "augcli restore out/train.jsonl predicted.txt")),
        Command(
            "evaluate", evaluate, ("augcli evaluate config.yaml", "augcli evaluate a.yaml b.yaml --models linear,cnn")
        ),
    ),
    "Machine": (Command("doctor", doctor, ("augcli doctor",)),),
}


def add_commands(app: typer.Typer) -> None:
    """Give the program its commands."""
    for group, commands in GROUPS.items():
        for name, function, examples in commands:
            app.command(name, rich_help_panel=group, epilog=_shown(examples))(function)
    app.add_typer(
        resources_app, rich_help_panel="Machine", epilog=_shown(("augcli resources", "augcli resources get NAME"))
    )


def _shown(examples: tuple[str, ...]) -> str:
    """Examples as the end of a help page: \\b keeps its lines as they are."""
    return "\n".join(["\b", "Examples:" if len(examples) > 1 else "Example:", *(f"  {line}" for line in examples)])
