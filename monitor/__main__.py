"""``python -m monitor`` is the command ``wirewatch``."""

from monitor.cli.main import main

main()
