"""Engines, which map a function over chunks: in processes, or on Ray."""
