"""Sentences translated into another language and back."""
