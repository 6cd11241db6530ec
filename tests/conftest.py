"""What holds for all tests."""

from __future__ import annotations

import signal

# a shell starts background jobs deaf to it, and so their children
signal.signal(signal.SIGINT, signal.default_int_handler)
