"""Tests of augcli/steps/replacement."""
