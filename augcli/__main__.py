"""python -m augcli"""

from augcli.cli.main import entry

entry()
