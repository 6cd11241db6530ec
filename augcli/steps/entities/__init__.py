"""Entities replaced by others of their type."""
