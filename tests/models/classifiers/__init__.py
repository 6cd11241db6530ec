"""Tests of augcli/models/classifiers."""
