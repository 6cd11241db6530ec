"""Tests of augcli/run/survey."""
