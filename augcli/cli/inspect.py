"""The command `inspect`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from augcli.cli.options import Form, InputFormat, Overwrite, Sets, overrides_of

KEYS = {
    "--text": "input.text", "--label": "input.label", "--id": "input.id", "--spans": "input.spans",
    "--language": "input.language", "--input-format": "input.format",
}  # fmt: skip


def inspect(
    data: Annotated[
        str, typer.Argument(metavar="CONFIG|DATA", help="YAML config, or file with data", show_default=False)
    ],
    text: Annotated[str | None, typer.Option("--text", help="column with the text")] = None,
    label: Annotated[str | None, typer.Option("--label", help="column with the label")] = None,
    id_column: Annotated[str | None, typer.Option("--id", help="column with the id")] = None,
    spans: Annotated[str | None, typer.Option("--spans", help="column with entity spans")] = None,
    split: Annotated[str | None, typer.Option("--split", help="column that tells train from test")] = None,
    language: Annotated[str | None, typer.Option("--language", help="ISO 639-1 code")] = None,
    test: Annotated[list[str] | None, typer.Option("--test", metavar="FILE", help="rows to test with")] = None,
    sets: Sets = None,
    input_format: InputFormat = None,
    tokenizer: Annotated[
        str | None, typer.Option("--tokenizer", metavar="FOLDER|NAME", help="of a model: also count its tokens")
    ] = None,
    vocabulary: Annotated[
        Path | None, typer.Option("--vocabulary", metavar="FILE", help="word list or word vectors to compare with")
    ] = None,
    label_model: Annotated[
        bool, typer.Option("--label-model/--no-label-model", help="train a model that finds wrong labels")
    ] = True,
    sample: Annotated[int, typer.Option("--sample", min=1, help="rows to look at closely")] = 50_000,
    form: Annotated[Form, typer.Option("--format", help="of what is printed on stdout")] = Form.text,
    html: Annotated[Path | None, typer.Option("--html", metavar="FILE", help="also write a page with plots")] = None,
    overwrite: Overwrite = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="no progress")] = False,
) -> None:
    """Look at a data set from all sides: labels, repeats, texts.

    Says how grave each finding is, and what to do about it. Writes nothing but the page.
    """
    from contextlib import nullcontext

    from rich.console import Console

    from augcli.commands.inspect.command import Wanted
    from augcli.commands.inspect.command import inspect as inspect_data
    from augcli.errors import ConfigError

    if html and html.exists() and not overwrite:
        raise ConfigError.at(html, "already there; --overwrite replaces it")
    if html and not html.parent.is_dir():
        raise ConfigError.at(html, f"there is no folder {html.parent}; make it first")
    named = {"--text": text, "--label": label, "--id": id_column, "--spans": spans, "--language": language,
             "--input-format": input_format}  # fmt: skip
    console = Console(stderr=True)
    progress = console.status if console.is_terminal and not quiet else nullcontext
    wanted = Wanted(label_model, tokenizer, vocabulary, sample)
    found = inspect_data(data, overrides_of(sets, named, KEYS), test or (), split, wanted, progress)
    if html:
        from augcli.commands.inspect.page import write_page

        write_page(found, html)
    if form is Form.json:
        typer.echo(found.json())
    else:
        from augcli.commands.inspect.terminal import show

        show(found)
