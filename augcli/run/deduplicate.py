"""Variants that repeat another row of the output are left out."""

from __future__ import annotations

MAY_GO = 1 << 63
"""Added to the place of a variant that is left out if another row has its texts; so those that stay come first."""
