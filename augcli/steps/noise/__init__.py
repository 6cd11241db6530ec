"""Noise in characters, words and sentences."""
