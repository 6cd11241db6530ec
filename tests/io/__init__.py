"""Tests of augcli/io."""
