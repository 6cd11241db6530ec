"""Situations as people meet them, each with its right outcome."""
