"""Hosted services: accounts, limits, and what was sent."""
