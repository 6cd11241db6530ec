"""Tests of augcli/io/files."""
