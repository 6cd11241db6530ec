"""Tests of augcli/chains."""
