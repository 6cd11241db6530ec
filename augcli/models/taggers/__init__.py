"""Taggers of tokens behind one interface, which find entities, and how right they are."""
