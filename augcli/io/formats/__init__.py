"""Formats of rows: each is read and written here."""
