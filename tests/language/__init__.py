"""Tests of augcli/language."""
