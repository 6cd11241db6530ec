"""Checks, which give a reason to reject a variant."""
