"""What holds for all tests."""

from __future__ import annotations

import signal

signal.signal(
    signal.SIGINT, signal.default_int_handler
)  # a shell starts background jobs deaf to it, and so their children
