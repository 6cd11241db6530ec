"""Formats of rows, each read and written in one file."""
