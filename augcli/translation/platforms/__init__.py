"""Hosted translation platforms, one file each. Another package may add one: entry points of group augcli.platforms."""
