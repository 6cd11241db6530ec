"""Translators: models on this machine, apertium, hosted platforms."""
