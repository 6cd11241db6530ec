"""What holds for a whole process, so that tests see what somebody changed there."""

from __future__ import annotations

import csv
import gc
import locale
import logging
import os
import random
import signal
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from huggingface_hub.utils.tqdm import are_progress_bars_disabled
from transformers.utils import logging as transformers

LOGGERS = (None, "jieba", "ray", "transformers")


def state() -> dict[str, Any]:
    """By name, what other code in this process depends on."""
    return {
        "current folder": Path.cwd(),
        "environment": dict(os.environ),
        "excepthook": sys.excepthook,
        "field size of CSV": csv.field_size_limit(),
        "garbage collection": (gc.isenabled(), gc.get_threshold()),
        "locale": locale.setlocale(locale.LC_ALL),
        "loggers": {name: (logging.getLogger(name).level, logging.getLogger(name).handlers[:]) for name in LOGGERS},
        "modules path": list(sys.path),
        "progress bars": (transformers.is_progress_bar_enabled(), are_progress_bars_disabled()),
        "random numbers": (random.getstate(), str(np.random.get_state()), torch.get_rng_state().tolist()),
        "recursion limit": sys.getrecursionlimit(),
        "signals": {number: signal.getsignal(number) for number in signal.valid_signals()},
        "streams": (sys.stdin, sys.stdout, sys.stderr),
        "threads": threading.enumerate(),
        "threads of torch": torch.get_num_threads(),
        "warnings": list(warnings.filters),
    }


def set_otherwise(*, collecting: bool) -> None:
    """Set what augcli sets for a while to something else; `collecting`: whether garbage is."""
    torch.set_num_threads(3)
    transformers.set_verbosity_info()  # type: ignore[no-untyped-call]
    logging.getLogger("jieba").setLevel(logging.INFO)
    (gc.enable if collecting else gc.disable)()


def changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """What is not as it was."""
    return [name for name, value in before.items() if after[name] != value]
