"""`augcli check`: everything that can be known before a run."""

from __future__ import annotations

from augcli.config.pipeline import Pipeline
from augcli.models.hosted.session import Session
from augcli.run.prepare import paths_of, prepared_for_look, runner_of


def check(pipeline: Pipeline) -> str:
    """Read the whole input and load what the steps need; say what was found.

    Raises the AugError that a run would raise.
    """
    paths = paths_of(pipeline)
    with prepared_for_look(pipeline) as (prepared, _), Session() as session:
        runner_of(prepared.pipeline.in_session(session), prepared.shares)
        found = prepared.dataset
        chains = len(pipeline.chains)
        lines = [f"the config is right: {chains} chain{'s' * (chains != 1)}, all lexicons are there"]
        lines += [f"{source.path}: {source.rows} rows" for source in found.sources]
        lines += [f"note: {warning}" for warning in prepared.warnings()]
        if found.dropped:
            lines += [f"{found.dropped} invalid rows would be dropped:", *found.dropped_rows[:10]]
        if found.labels:
            listed = ", ".join(f"{label} {count}" for label, count in found.labels.most_common(10))
            lines.append(f"{len(found.labels)} labels: {listed}{', ...' * (len(found.labels) > 10)}")
        standing = [path for path in paths.all() if path.exists()]
        if standing:
            lines.append(f"already there, so a run needs --overwrite: {', '.join(map(str, standing))}")
    return "\n".join(lines)
