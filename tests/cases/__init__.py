"""Tests of texts and files as people really have them."""
