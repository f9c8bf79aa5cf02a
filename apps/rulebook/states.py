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
# From -> to. What a killed worker left running is begun anew without another status.
TEST_MOVES: tuple[tuple[TestStatus, TestStatus], ...] = (
    (TestStatus.WAITING, TestStatus.RUNNING),
    (TestStatus.WAITING, TestStatus.CANCELLED),
    (TestStatus.RUNNING, TestStatus.DONE),
    (TestStatus.RUNNING, TestStatus.CANCELLED),
    (TestStatus.RUNNING, TestStatus.FAILED),
)


class Kind(models.TextChoices):
    """What the tried policy would have done otherwise with a proposal; one proposal can be of several kinds."""

    WRONG_ACTS = "wrong_acts", _("known wrong, and would act")
    WRONG_STOPPED = "wrong_stopped", _("known wrong, and would not act any more")
    RIGHT_HELD = "right_held", _("known right, and newly held or refused")
    REFUSED = "refused", _("newly refused")
    ADMITTED = "admitted", _("not refused any more")
    ACTS = "acts", _("would act now")
    HELD = "held", _("would have acted, now a person decides")
    SURFACED = "surfaced", _("was only recorded, now a person decides")
    RECORDED = "recorded", _("now only recorded")
    MOVED = "moved", _("goes to another queue")
    MORE_PEOPLE = "more_people", _("needs more people")
    FEWER_PEOPLE = "fewer_people", _("needs fewer people")
    HIDDEN = "hidden", _("other values are hidden")
    OTHERWISE = "otherwise", _("another clock, chain, class or way of looking")


class Known(models.TextChoices):
    """What people found about a proposed action."""

    RIGHT = "right", _("known to be right")
    WRONG = "wrong", _("known to be wrong")
    UNKNOWN = "", _("not known")


class LeftOut(models.TextChoices):
    """Why a proposal cannot be answered again."""

    NO_TRUST = "no_trust", _("what its slice had earned then was not kept yet")
    TAKEN_OUT = "taken_out", _("its content was taken out")
