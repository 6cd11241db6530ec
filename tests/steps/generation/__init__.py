"""Tests of augcli/steps/generation."""
