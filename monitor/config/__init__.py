"""The configuration: TOML and environment to frozen settings made of the rooms' own options.

The only part of the program that reads the environment. ``find_config`` says which file it is,
``load`` reads it, ``schema`` describes it for editors.
"""

from monitor.config.finding import find_config
from monitor.config.json_schema import schema
from monitor.config.load import load
from monitor.config.settings import Settings

__all__ = ["Settings", "find_config", "load", "schema"]
