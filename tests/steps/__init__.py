"""Tests of augcli/steps."""
