"""Tests of augcli/io/formats."""
