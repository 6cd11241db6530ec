"""`augcli check`: everything that can be known before a run."""

from __future__ import annotations

from augcli.config.config import Config
from augcli.models.hosted.session import Session
from augcli.run.prepare import chains_of, paths_of, remarks, runner_of, surveyed
from augcli.run.survey.balance import shares


def check(config: Config) -> str:
    """Read the whole input and load what the steps need; say what was found.

    Raises the AugError that a run would raise.
    """
    paths = paths_of(config)
    with surveyed(config) as (ready, found, _), Session() as session:
        ready = ready.in_session(session)
        runner_of(ready, chains_of(ready, shares(ready, found))).setup()
        chains = len(config.chains)
        lines = [f"the recipe is right: {chains} chain{'s' * (chains != 1)}, all lexicons are there"]
        lines += [f"{source.path}: {source.rows} rows" for source in found.sources]
        lines += [f"note: {remark}" for remark in remarks(ready, found)]
        if found.dropped:
            lines += [f"{found.dropped} bad rows would be dropped:", *found.dropped_rows[:10]]
        if found.labels:
            listed = ", ".join(f"{label} {count}" for label, count in found.labels.most_common(10))
            lines.append(f"{len(found.labels)} labels: {listed}{', ...' * (len(found.labels) > 10)}")
        standing = [path for path in paths.all() if path.exists()]
        if standing:
            lines.append(f"already there, so a run needs --overwrite: {', '.join(map(str, standing))}")
    return "\n".join(lines)
