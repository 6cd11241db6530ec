"""augcli: text data augmentation from a YAML recipe."""

__version__ = "0.1.0"
