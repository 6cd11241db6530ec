"""Tests of augcli/steps/meaning."""
