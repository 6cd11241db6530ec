"""Tests of augcli/commands."""
