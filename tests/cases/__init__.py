"""Situations that people meet with their data, each with its right outcome."""
