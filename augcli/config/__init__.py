"""The config: from YAML to objects, every error with its place."""
