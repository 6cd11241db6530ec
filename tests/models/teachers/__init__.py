"""Tests of augcli/models/teachers."""
