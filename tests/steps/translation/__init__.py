"""Tests of augcli/steps/translation."""
