"""The one exception of this package: something a person at the terminal can read and act on."""


class CannotStart(Exception):
    """The embedded installation cannot start or go on. Its text is one or two plain sentences."""
