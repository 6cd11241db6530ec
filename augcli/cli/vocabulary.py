"""The commands about words that a vocabulary does not know."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from augcli.cli.options import ConfigFile, Form, OutputFile, Overwrite, Sets, overrides_of


def vocabulary(
    config: ConfigFile,
    sets: Sets = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", help="file for the words, one a line, or the tokenizer"),
    ] = None,
    min_count: Annotated[int, typer.Option("--min-count", min=1, help="of words that are written: found so often")] = 1,
    size: Annotated[int | None, typer.Option("--size", min=1, help="most words that are written")] = None,
    word_pieces: Annotated[
        int | None, typer.Option("--word-pieces", min=10, help="write a tokenizer of so many word pieces instead")
    ] = None,
    form: Annotated[Form, typer.Option("--format", help="of what is printed on stdout")] = Form.text,
    overwrite: Overwrite = False,
) -> None:
    """Count the words of the input, and those that are unknown.

    Tells how many words cover how much of the texts, and the share that is unknown to each step `oov`, by label.
    """
    from rich.console import Console

    from augcli.commands.vocabulary import vocabulary as count_words
    from augcli.config.load import load
    from augcli.errors import ConfigError

    if word_pieces and not output:
        raise ConfigError("--word-pieces writes a tokenizer: name its file with --output")
    if output and output.exists() and not overwrite:
        raise ConfigError.at(output, "already there; --overwrite replaces it")
    found = count_words(load(config, overrides_of(sets, {})), output, min_count, size, word_pieces)
    if form is Form.json:
        typer.echo(found.json())
    else:
        found.print(Console(soft_wrap=True, highlight=False))


def restore(
    output: OutputFile,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE", help="a model's output, a line for each row; when not given, the texts of OUTPUT itself"
        ),
    ] = None,
) -> None:
    """Bring back the words that the step `oov` took out.

    Of an output, or of what a model made of it.
    """
    from augcli.commands.restore import restore as restore_words
    from augcli.io.files.storage import place

    for line in restore_words(place(output), file):
        typer.echo(line)
