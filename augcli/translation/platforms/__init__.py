"""Hosted translation platforms, one adapter each.

Another package may add one by an entry point of the group augcli.platforms.
"""
