"""`augcli report`: the page of a run made anew from its report, without running anything."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from augcli.commands.past_run import read_report, report_of
from augcli.errors import DataError
from augcli.io.files.atomic import write_whole
from augcli.io.files.storage import Place
from augcli.report.diversity import with_self_bleu
from augcli.report.document import sign
from augcli.report.html import page


def report(output: Place, target: Place | None = None, named: str | None = None) -> Place:
    """Write the page of a run at `target`, or where the run wrote it; self-BLEU is measured if the run did not.

    The report is beside the output, unless it is `named`.

    Raises DataError when there is no report, or one that no page can be made of, RunError when it was changed.
    """
    path = output if output.name.endswith(".report.json") and not named else report_of(output, named)
    values = read_report(path)
    own = path.with_name(f"{path.name.removesuffix('.json')}.html")
    if target is None or (isinstance(target, Path) and target.absolute() == own.absolute()):
        target = own
    if target.suffix not in (".html", ".htm"):
        raise DataError(f"{target}: a page is written to a file whose name ends in .html")
    if measured := values.get("diversity"):
        values["diversity"] = measured if measured["self_bleu"] else with_self_bleu(measured)
    written = values.get("outputs", [])
    others = [entry for entry in written if not entry["path"].endswith(own.name)]
    told = next((entry for entry in written if entry not in others), {"path": own.name, "rows": None})
    html = page({**values, "outputs": others}, str(path)).encode()
    write_whole(target, html)
    if target == own:  # so that `verify` finds the page as the report tells of it
        values["outputs"] = [*others, {**told, "sha256": sha256(html).hexdigest(), "bytes": len(html)}]
        write_whole(path, sign(values))
    return target
