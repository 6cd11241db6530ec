"""Tests of augcli/config."""
