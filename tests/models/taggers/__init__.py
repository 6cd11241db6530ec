"""Tests of augcli/models/taggers."""
