"""Does everything a policy names exist? Queues, SLA policies and chains, and the arguments its rules ask for."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from apps.escalation.models import Chain
from apps.registry.models import ActionType, Workflow
from apps.reviews.models import Queue
from apps.routing.states import DEFAULT_CHAIN
from apps.rulebook.content import Content, cells_of
from apps.sla.models import SlaPolicy

Problem = tuple[tuple[str | int, ...], str]


def unknown_names(content: Content) -> list[Problem]:
    """(where, sentence) of every queue, SLA policy and chain that does not exist. Three queries."""
    queues = set(Queue.objects.values_list("slug", flat=True))
    policies = set(SlaPolicy.objects.values_list("slug", flat=True))
    chains = {DEFAULT_CHAIN, *Chain.objects.values_list("slug", flat=True)}
    found: list[Problem] = []
    for which, how, cell in cells_of(content):
        place = ("matrix", which.value, how.value)
        for name, known in (("queue", queues), ("sla", policies), ("chain", chains)):
            if cell[name] not in known:
                found.append(((*place, name), _("There is no {name}.").format(name=cell[name])))
    for at, rule in enumerate(content["rules"]):
        for name in ("queue", "compliance"):
            slug = rule["then"].get(name)
            if slug and slug not in queues:
                found.append((("rules", at, "then", name), _("There is no queue {name}.").format(name=slug)))
    return found


def arguments_of(workflow: Workflow | None) -> set[str]:
    """The names of all arguments of the actions of a workflow (None: of all). One query."""
    actions = ActionType.objects.filter(is_active=True)
    if workflow is not None:
        actions = actions.filter(workflow=workflow)
    schemas: Iterable[dict[str, object]] = actions.values_list("args_schema", flat=True)
    found: set[str] = set()
    for schema in schemas:
        properties = schema.get("properties")
        if isinstance(properties, dict):
            found |= set(properties)
    return found
