"""Sets how the reviewers of a queue are checked: reading floor, rows of approvals, second reviews, known cases."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.reviews import policies
from apps.reviews.choosing import Invalid
from apps.reviews.models import Queue


@dataclass(frozen=True, slots=True)
class CheckRules:
    """The settings of one queue, named as its columns; 0 switches off. `gold_percent` None: the installation's."""

    reading_words: int = 2400
    reading_seconds: int = 10
    streak: int = 20
    second_percent: float = 2.0
    gold_percent: float | None = None


def rules_of(queue: Queue) -> CheckRules:
    """How its reviewers are checked now."""
    return CheckRules(**{field.name: getattr(queue, field.name) for field in fields(CheckRules)})


def problems(rules: CheckRules) -> dict[str, str]:
    """{field: what is wrong with it, as a sentence}; empty when all can be set. Pure."""
    found = {}
    if rules.reading_words and not 600 <= rules.reading_words <= 6000:
        found["reading_words"] = _(
            "Between 600 and 6,000 words a minute, or 0 for no floor: 600 is the pace of scanning for a word."
        )
    if not 0 <= rules.reading_seconds <= 60:
        found["reading_seconds"] = _("At most 60 seconds, or 0 for no floor.")
    if rules.streak and not 5 <= rules.streak <= 200:
        found["streak"] = _("Between 5 and 200 approvals, or 0 to allow any row.")
    if not 0 <= rules.second_percent <= 100:
        found["second_percent"] = _("Between 0 and 100 percent of the decisions; 2 to 5 is usual.")
    if rules.gold_percent is not None and not 0 <= rules.gold_percent <= 20:
        found["gold_percent"] = _("Between 0 and 20 percent of a person's reviews; 2 to 5 is usual.")
    return found


def set_checks(*, queue_id: int, rules: CheckRules, by: User | None, now: datetime) -> Queue:
    """Set them; they count for decisions settled from now on. Raises NotAllowed, Invalid at the first wrong field."""
    policies.check_set_checks(by=by)
    for field, sentence in problems(rules).items():
        raise Invalid(field, sentence)
    with transaction.atomic():
        queue = Queue.objects.select_for_update(no_key=True).get(pk=queue_id)
        before, after = asdict(rules_of(queue)), asdict(rules)
        changed = {
            name: {"before": before[name], "after": after[name]}
            for name in after
            if before[name] != after[name]
        }
        if changed:
            for name in changed:
                setattr(queue, name, after[name])
            queue.save(update_fields=list(changed))
            subject = ("queue", queue.pk, queue.name)
            audit.record(verb="queue.checks_changed", now=now, by=by, subject=subject, data=changed)
        return queue
