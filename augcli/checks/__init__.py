"""Checks, which give a reason to refuse a variant."""
