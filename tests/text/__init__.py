"""Tests of augcli/text."""
