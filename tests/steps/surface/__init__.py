"""Tests of augcli/steps/surface."""
