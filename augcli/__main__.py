"""python -m augcli"""

from augcli.cli import entry

entry()
