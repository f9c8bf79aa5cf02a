"""How far evaluation has read the audit log."""

from django.db import models


class Followed(models.Model):
    """One row: the log is read up to `read_to`, and surely all of it up to `surely`."""

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)
    surely = models.UUIDField()
    read_to = models.UUIDField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="followed_is_one_row")]

    def __str__(self) -> str:
        return f"until {self.read_to}"
