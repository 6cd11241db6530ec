"""Tests of augcli/run/engine."""
