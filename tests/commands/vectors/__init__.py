"""Tests of augcli/commands/adapt."""
