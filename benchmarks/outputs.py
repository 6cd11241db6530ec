"""Checksums of what the configs of a clone write, a line for each, so that `diff` compares two versions of augcli.

Configs that train a model and configs that need a hosted service are left out.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import yaml

from benchmarks.common.measure import ENVIRONMENT, PYTHON, ROOT, augment


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file in a folder, except for reports, which say how long the run took."""
    files = sorted(path for path in folder.iterdir() if ".report." not in path.name)
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in files}


def configs(root: Path) -> Iterator[tuple[Path, str]]:
    """The configs of a clone that can run here, each with the name of its output."""
    for path in sorted((root / "configs").glob("*.yaml")):
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not config.keys() & {"adapt", "services"}:
            yield path, Path(config["output"]["path"]).name


def outcome(config: Path, output: str, python: str) -> str:
    """Run a config and tell the checksums of the files that it wrote, or the error."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            augment(config, "--output", str(Path(folder) / output), python=python)
        except RuntimeError as error:
            return str(error)
        return " ".join(f"{name}={digest}" for name, digest in digests(Path(folder)).items())


def main() -> None:
    """Run the configs and print their checksums."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=PYTHON, help="interpreter that has augcli installed (%(default)s)")
    parser.add_argument("--root", type=Path, default=ROOT, metavar="CLONE", help="whose configs to run (%(default)s)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        ENVIRONMENT["AUGCLI_CACHE"] = cache  # so that no translation comes from a run of another version
        for config, output in configs(options.root):
            print(config.stem, outcome(config, output, options.python), flush=True)


if __name__ == "__main__":
    main()
