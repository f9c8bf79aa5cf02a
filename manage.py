#!/usr/bin/env python
"""Run one of ReviewHub's management commands."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db import OperationalError

from reviewhub.embedded.given import unreachable

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewhub.settings")
    try:
        execute_from_command_line(sys.argv)
    except OperationalError as problem:
        why = unreachable(problem)
        if not why:
            raise
        sys.exit(why)
