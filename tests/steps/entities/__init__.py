"""Tests of augcli/steps/noise."""
