"""From a YAML file to a config."""
