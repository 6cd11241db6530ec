"""augcli: text data augmentation from a YAML recipe."""

from importlib.metadata import version

__version__ = version("augcli")
