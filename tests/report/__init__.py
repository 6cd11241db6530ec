"""Tests of augcli/report."""
