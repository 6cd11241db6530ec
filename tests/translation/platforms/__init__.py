"""Tests of augcli/translation/platforms."""
