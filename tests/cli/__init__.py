"""Tests of augcli/cli."""
