"""How far evaluation has read the audit log."""

from apps.audit.following import ReadUntil


class Followed(ReadUntil):
    """Until where comparisons and judges were counted from the audit log."""
