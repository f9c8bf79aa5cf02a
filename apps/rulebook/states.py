"""Where a draft and a back-test stand."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DraftStatus(models.TextChoices):
    """A draft is written until it is published or dropped."""

    OPEN = "open", _("draft")
    PUBLISHED = "published", _("published")
    DROPPED = "dropped", _("dropped")


class TestStatus(models.TextChoices):
    """A back-test waits for a worker, runs, and ends in one of three ways."""

    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    DONE = "done", _("done")
    CANCELLED = "cancelled", _("cancelled")
    FAILED = "failed", _("failed")


UNFINISHED = (TestStatus.WAITING, TestStatus.RUNNING)
