"""The rules of the circuit breaker by workflow: kept in each process while the registry stands; and how one is set."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import actions as audit
from apps.halts.breaker import DEFAULTS, Rule
from apps.halts.models import Breaker
from apps.registry.catalogue import Book
from apps.registry.models import Workflow
from apps.registry.policies import check_register

_KEY = "halts.breakers"


def rule_in(book: Book, workflow_id: int) -> Rule:
    """The workflow's own rule, or the default. One query after a change of the registry, then none."""
    found: dict[int, Rule] | None = book.kept.get(_KEY)
    if found is None:
        found = book.kept[_KEY] = {row.pk: row.rule for row in Breaker.objects.all()}
    return found.get(workflow_id, DEFAULTS)


def set_rule(*, workflow: Workflow, rule: Rule, by: User | None, now: datetime) -> bool:
    """Let the breaker of the workflow's slices trip by this rule. False: it does already. Raises NotAllowed."""
    with transaction.atomic():
        row = Breaker.objects.select_for_update(no_key=True).filter(workflow=workflow).first()
        check_register(by)
        if (row.rule if row is not None else DEFAULTS) == rule:
            return False
        Breaker.objects.update_or_create(
            workflow=workflow,
            defaults={
                "failures": rule.failures,
                "of": rule.of,
                "hours": rule.hours,
                "is_active": rule.is_active,
            },
        )
        audit.record(
            verb="breaker.set",
            now=now,
            by=by,
            subject=("workflow", workflow.pk, workflow.name),
            workflow_id=workflow.pk,
            data={"text": in_words(rule)},
        )
        return True


def in_words(rule: Rule) -> str:
    """The rule in one line."""
    if not rule.is_active:
        return _("off")
    return _("{failures} failures among the last {of} results within {hours} hours").format(
        failures=rule.failures, of=rule.of, hours=rule.hours
    )
