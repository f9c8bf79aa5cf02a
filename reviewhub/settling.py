"""What both doors do before their first request: load what requests would load, and spare the collector to look at it.

A full round of Python's garbage collector looks at every object of Django and of this code again, and all requests
of the process stand still for it: a second was seen on a slow machine. What is loaded at the start stays anyway.
"""

import gc

from django.urls import get_resolver


def settle() -> None:
    """Import every view, then freeze all that is there (`gc.freeze`). Call it once, at the end of a server's start."""
    _ = get_resolver().url_patterns
    gc.collect()
    gc.freeze()
