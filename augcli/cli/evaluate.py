"""The command that measures whether augmentation helps."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from augcli.cli.failure import resumable
from augcli.cli.options import Form, Quiet, Seed, Sets, overrides_of, workers_of

_KEYS = {
    "--seed": "seed", "--test": "evaluate.test", "--sizes": "evaluate.sizes", "--repeats": "evaluate.repeats",
    "--models": "evaluate.models", "--output": "evaluate.output", "--choose": "evaluate.choose",
    "--limit-minutes": "evaluate.limit_minutes",
}  # fmt: skip


def evaluate(
    configs: Annotated[
        list[Path], typer.Argument(metavar="CONFIG ...", help="YAML configs to compare", show_default=False)
    ],
    sets: Sets = None,
    test: Annotated[str | None, typer.Option("--test", help="file of labelled rows to test on")] = None,
    sizes: Annotated[str | None, typer.Option("--sizes", metavar="N,N,all", help="labelled rows to draw")] = None,
    repeats: Annotated[int | None, typer.Option("--repeats", min=1, help="times that each size is drawn")] = None,
    models: Annotated[
        str | None,
        typer.Option(
            "--models", metavar="NAME,NAME", help="linear, cnn, encoder, transformer; of entities crf, token_classifier"
        ),
    ] = None,
    output: Annotated[str | None, typer.Option("--output", help="folder to write into")] = None,
    seed: Seed = None,
    choose: Annotated[
        bool, typer.Option("--choose", help="let the configs race, and measure what choosing gains")
    ] = False,
    limit_minutes: Annotated[
        float | None, typer.Option("--limit-minutes", help="make as many repeats as there is time for")
    ] = None,
    min_gain: Annotated[
        float | None,
        typer.Option("--min-gain", help="exit with 5 unless the interval of the best gain begins at so many points"),
    ] = None,
    workers: Annotated[str | None, typer.Option("--workers", metavar="N|auto", help="processes")] = None,
    quiet: Quiet = False,
    form: Annotated[Form, typer.Option("--format", help="of the outcome, on stdout")] = Form.text,
) -> None:
    """Measure whether the rows that configs make help a model.

    Each gain is over the same rows repeated.
    """
    import orjson

    from augcli.commands.evaluate.command import Command, evaluate_configs, names_of
    from augcli.commands.evaluate.terminal import summary
    from augcli.config.builder import learners_of
    from augcli.config.load import load
    from augcli.config.sections import Evaluate
    from augcli.errors import YieldError

    listed: list[int | str] = [int(size) if size.isdigit() else size for size in (sizes or "").split(",") if size]
    given: dict[str, Any] = {
        "--seed": seed, "--test": test, "--sizes": listed or None, "--repeats": repeats,
        "--models": models and models.split(","), "--output": output, "--choose": choose or None,
        "--limit-minutes": limit_minutes,
    }  # fmt: skip
    changes = overrides_of(sets, given, _KEYS)
    pipelines = [load(file, changes, workers=workers_of(workers)) for file in configs]
    said = next((pipeline for pipeline in pipelines if pipeline.config.evaluate), pipelines[0])
    settings = said.config.evaluate or Evaluate()
    with resumable():
        outcome = evaluate_configs(Command(names_of(configs), pipelines, settings, learners_of(said), quiet))
    why = outcome.below(min_gain) if min_gain is not None else ""
    error = YieldError(why) if why else None
    if form is Form.json:
        document = {**outcome.document(), **({"error": error.document()} if error else {})}
        typer.echo(orjson.dumps(document).decode())
        raise typer.Exit(error.exit_code if error else 0)
    if not quiet:
        typer.echo(summary(outcome, settings.output))
    if error:
        raise error
