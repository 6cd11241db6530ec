"""Tests of augcli/models."""
