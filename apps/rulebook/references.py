"""Does everything a policy names exist? Queues, SLA policies and chains, and the arguments its rules ask for and hide.

What exists and can never be, such as a weekday with a capital letter, is no error: `known_values` is what to warn with.
"""

from django.utils.translation import gettext as _

from apps.escalation.models import Chain
from apps.registry.models import ActionType, Agent, Workflow
from apps.registry.states import Consequence, Reversibility
from apps.reviews.models import Queue
from apps.routing.references import Problem, unknown_in_rules
from apps.routing.rules.names import WEEKDAYS
from apps.routing.states import DEFAULT_CHAIN
from apps.rulebook.content import Content, cells_of
from apps.sla.models import SlaPolicy


def unknown_names(content: Content, workflow: Workflow | None) -> list[Problem]:
    """(where, sentence) of every queue, SLA policy, chain and argument that does not exist. At most four queries."""
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
    return found + unknown_in_rules(content["rules"], workflow)


def actions_of(workflow: Workflow | None) -> list[ActionType]:
    """The open action types of a workflow (None: of all), by title. One query."""
    kinds = ActionType.objects.filter(is_active=True).order_by("title", "pk")
    return list(kinds if workflow is None else kinds.filter(workflow=workflow))


def known_values(kinds: list[ActionType]) -> dict[str, list[str]]:
    """What names that have few values can be, where these are the action types. One query."""
    return {
        "action.name": sorted({kind.name for kind in kinds}),
        "action.consequence": list(Consequence.values),
        "action.reversibility": list(Reversibility.values),
        "calendar.weekday": list(WEEKDAYS),
        "agent.slug": list(Agent.objects.order_by("slug").values_list("slug", flat=True)),
    }
