"""A run in one line."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from augcli import __version__
from augcli.chains.compose import Maybe, Node, OneOf, Sequential, SomeOf, StepNode
from augcli.config.sections import Balance
from augcli.report.outcome import Outcome


def signature(outcome: Outcome) -> str:
    """One line that names a run: seed, chains, rows, data, config, version."""
    config, found = outcome.pipeline.config, outcome.dataset
    chains = []
    for name, chain in outcome.pipeline.chains.items():
        variants = config.chains[name].variants
        number = f"balance:{variants.balance}" if isinstance(variants, Balance) else str(variants)
        chains.append(f"{name}({short_config(chain.nodes)})x{number}")
    data = sha256("".join(file.sha256 for file in found.sources).encode()).hexdigest()[:8]
    parts = [f"seed:{config.seed}", *chains, f"rows:{found.rows}", f"data:{data}"]
    return "|".join([*parts, f"config:{outcome.fingerprint[:8]}", f"augcli:{__version__}"])


def short_config(nodes: Sequence[Node]) -> str:
    """The steps of a chain in short: random_swap[.1]+one_of(typo[.05],ocr[.1])."""
    return "+".join(map(_short, nodes))


def _short(node: Node) -> str:
    match node:
        case StepNode():
            rate = getattr(node.step, "rate", None)
            return node.step.name + (f"[{rate:g}]".replace("[0.", "[.") if rate is not None else "")
        case OneOf():
            return f"one_of({','.join(map(_short, node.nodes))})"
        case SomeOf():
            return f"some_of({node.least}-{node.most}:{','.join(map(_short, node.nodes))})"
        case Maybe():
            return f"maybe({node.p:g}:{'+'.join(map(_short, node.nodes))})"
        case Sequential():
            return f"({'+'.join(map(_short, node.nodes))})"
