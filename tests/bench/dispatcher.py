"""A dispatcher in a process of its own: says `ready`, waits for a line, takes due steps until none is left."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewhub.settings")
django.setup()

from django.utils import timezone  # noqa: E402  (Django first)

from apps.escalation import sweeping  # noqa: E402


def main() -> None:
    """Take what is due, as a worker that is woken again and again."""
    sweeping.run_due(now=timezone.now(), limit=0)
    print("ready", flush=True)
    sys.stdin.readline()
    while sweeping.run_due(now=timezone.now()):
        pass


if __name__ == "__main__":
    main()
