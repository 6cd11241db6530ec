"""Noise on characters, words and sentences."""
