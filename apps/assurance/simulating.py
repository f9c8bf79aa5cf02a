"""What would the escalation of a workflow do with a task that comes in now and that nobody touches?

In every place its live policy sends work to, by the chain the policy names there. Asks the same rules that take the
real steps, and looks up the people of now; nobody is told.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _

from apps.assurance.triggers import Place, Taken
from apps.escalation.chains import default_version, newest_versions, problems_in
from apps.escalation.models import ChainVersion
from apps.escalation.names import names_of
from apps.escalation.places import Found, Nowhere, Where, find
from apps.escalation.recipients import Directory
from apps.escalation.simulation import Past, simulate
from apps.escalation.states import Do
from apps.escalation.steps import Step, Unreadable
from apps.escalation.timing import moments
from apps.escalation.wording import Names, does
from apps.registry.models import Workflow
from apps.routing.queries import NoPolicy, Policy, policy_for
from apps.routing.states import DEFAULT_CHAIN
from apps.sla.hours import CalendarError

Steps = Sequence[Step | Unreadable]


def live_policy(workflow: Workflow) -> Policy | None:
    """The policy in force for this workflow; None: there is none."""
    try:
        return policy_for(workflow.pk)
    except NoPolicy:
        return None


def try_everywhere(workflow: Workflow, policy: Policy, *, now: datetime) -> list[Place]:
    """One outcome for each queue and chain the policy names, by queue and chain."""
    chains = _chains({cell.chain for cell in policy.matrix.values()}, now)
    steps = {slug: version.read() for slug, version in chains.items()}
    names, directory = names_of(*steps.values()), Directory(now)
    outcomes: dict[tuple[str, str], Place] = {}
    for address, cell in policy.matrix.items():
        key = (cell.queue, cell.chain)
        if key in outcomes:
            continue
        if cell.chain not in chains:
            told = _("The policy names the chain {slug}, which does not exist.").format(slug=cell.chain)
            outcomes[key] = Place(cell.queue, cell.chain, (), (told,))
            continue
        name = chains[cell.chain].chain.name
        try:
            found = find(Where(workflow, address), now)
            taken = _taken(found, steps[cell.chain], names, directory, now)
        except (Nowhere, CalendarError) as error:
            outcomes[key] = Place(cell.queue, name, (), (str(error),))
            continue
        problems = problems_in([(found.queue, workflow)], steps[cell.chain], directory)
        outcomes[key] = Place(found.queue.name, name, taken, tuple(map(str, problems)))
    return [outcomes[key] for key in sorted(outcomes)]


def _chains(slugs: set[str], now: datetime) -> dict[str, ChainVersion]:
    """{slug: version in force} of those that exist. The default one always does: a task would be given it."""
    found = newest_versions(slugs)
    if DEFAULT_CHAIN in slugs and DEFAULT_CHAIN not in found:
        found[DEFAULT_CHAIN] = default_version(now=now)
    return found


def _taken(
    found: Found, steps: Steps, names: Names, directory: Directory, now: datetime
) -> tuple[Taken, ...]:
    """Every step once, as a task would have met it that nobody ever takes."""
    opened_at = now.astimezone(UTC)
    over_at = moments(steps, found.clock)[-1] + timedelta(seconds=1)
    went = Past(opened_at, over_at, found.fallback)
    return tuple(
        Taken(
            after_seconds=(one.at - opened_at).total_seconds(),
            does=does(steps[one.index], names),
            people=_told_by(steps[one.index], found, directory),
        )
        for one in simulate(steps, found.clock, found.clock.due_at, went)
    )


def _told_by(step: Step | Unreadable, found: Found, directory: Directory) -> tuple[str, ...]:
    """Names of the people a step would tell. A chat channel is nobody: no one has to be reading it."""
    if not isinstance(step, Step) or step.do is not Do.NOTIFY:
        return ()
    people = {
        person.pk: person.name
        for to in step.to
        if to.kind not in ("channel", "queue")
        for person in directory.present(directory.holders(to, found.queue, found.workflow) or ())
    }
    return tuple(sorted(people.values()))
