"""Reasons to reject a variant."""
