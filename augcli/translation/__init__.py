"""Translators behind one interface, and the cache of their translations."""
