"""Where a message's link may lead: to a page of this installation, and nowhere else."""

from django.conf import settings


def path_of(link: str) -> str:
    """The path of a link into this installation, given as a path or an address. Raises ValueError for others."""
    path = link.removeprefix(settings.BASE_URL) if link.startswith(f"{settings.BASE_URL}/") else link
    outside = not path.startswith("/") or path[1:2] in {"/", "\\"} or not path.isprintable() or " " in path
    if path and outside:
        raise ValueError(f"{link!r} does not lead to a page of this installation")
    return path


def absolute(path: str) -> str:
    """The address of a path, for messages that leave the house; empty stays empty."""
    return f"{settings.BASE_URL}{path}" if path else ""
