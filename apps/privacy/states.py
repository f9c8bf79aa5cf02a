"""Where a request to erase stands, and the kinds of data that are erased."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ErasureStatus(models.TextChoices):
    """A request waits for a second person, then for a worker, and ends in one of three ways."""

    ORDERED = "ordered", _("waits for a second person")
    WAITING = "waiting", _("waits for a worker")
    RUNNING = "running", _("erasing")
    DONE = "done", _("erased")
    DECLINED = "declined", _("declined")
    FAILED = "failed", _("broke off")


UNFINISHED = (ErasureStatus.ORDERED, ErasureStatus.WAITING, ErasureStatus.RUNNING)
AT_WORK = (ErasureStatus.WAITING, ErasureStatus.RUNNING)
# From -> to. What a killed worker left running is gone on with, without another status.
ERASURE_MOVES: tuple[tuple[ErasureStatus, ErasureStatus], ...] = (
    (ErasureStatus.ORDERED, ErasureStatus.WAITING),
    (ErasureStatus.ORDERED, ErasureStatus.DECLINED),
    (ErasureStatus.WAITING, ErasureStatus.RUNNING),
    (ErasureStatus.RUNNING, ErasureStatus.DONE),
    (ErasureStatus.RUNNING, ErasureStatus.FAILED),
    (ErasureStatus.FAILED, ErasureStatus.WAITING),
    (ErasureStatus.FAILED, ErasureStatus.DECLINED),
)


class DataKind(models.TextChoices):
    """What is erased together."""

    CONTENTS = "contents", _("contents of proposals")
    MESSAGES = "messages", _("messages and notifications")
    TRACES = "traces", _("traces of runs")
