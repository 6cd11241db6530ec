"""Tests of augcli/run."""
