"""Tests of augcli/models/hosted."""
