"""What was counted: one row for what came of a case, the sums of each day, and until where the log was read."""

from django.db import models

from apps.quality.states import Came, What
from apps.registry.models import Workflow


class CountedCase(models.Model):
    """One thing that was counted of one case, so that a figure leads to its cases and nothing counts twice.

    `source` is the proposal, or the event of the audit log where there is none. `day` is the site's day of what is
    counted; of an approved action it is the day of its approval, whenever it turns out. `amount` is hours, for what
    is measured in them. `agent_version_id` and `policy_version_id` are 0 where there is none.
    """

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="+", db_index=False)
    what = models.CharField(max_length=10, choices=What.choices)
    came = models.CharField(max_length=12, choices=Came.choices)
    day = models.DateField()
    source = models.UUIDField()
    proposal_id = models.UUIDField(null=True)
    agent_version_id = models.BigIntegerField(default=0)
    policy_version_id = models.BigIntegerField(default=0)
    amount = models.FloatField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "what"], name="counted_case_once")]
        indexes = [models.Index(fields=["workflow", "came", "day", "id"], name="counted_case_by_day")]

    def __str__(self) -> str:
        return f"{self.source}: {self.came}"


class CountedDay(models.Model):
    """How often something came of a case on a day, by agent version and policy version; `total` is of the amounts."""

    workflow = models.ForeignKey(Workflow, on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    came = models.CharField(max_length=12, choices=Came.choices)
    agent_version_id = models.BigIntegerField(default=0)
    policy_version_id = models.BigIntegerField(default=0)
    n = models.IntegerField()
    total = models.FloatField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workflow", "day", "came", "agent_version_id", "policy_version_id"],
                name="counted_day_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.n} {self.came}"


class CountedUntil(models.Model):
    """Until where the audit log was read. One row; whoever counts holds its lock, so that one counts at a time.

    `surely` is the event after which a sweep begins, `read_to` how far this one has come: what was committed late is
    read again, and counted once.
    """

    ONLY = 1

    id = models.SmallIntegerField(primary_key=True)
    surely = models.UUIDField()
    read_to = models.UUIDField()

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="counted_until_one_row")]

    def __str__(self) -> str:
        return str(self.read_to)
