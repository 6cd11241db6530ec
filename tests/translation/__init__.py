"""Tests of augcli/translation."""
