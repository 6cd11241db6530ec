"""augcli: text data augmentation from a YAML config."""

__version__ = "0.1.0"
