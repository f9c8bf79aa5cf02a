"""Which chains that matrices use do not prove now, for want of people?"""

from datetime import datetime

from django.utils.translation import gettext as _

from apps.escalation.chains import newest_versions, problems_in, uses_of
from apps.escalation.models import Chain
from apps.escalation.recipients import Directory
from apps.escalation.steps import stored_steps


def gaps(now: datetime) -> list[str]:
    """A sentence for each chain and place."""
    versions = newest_versions(Chain.objects.values_list("slug", flat=True))
    used, directory = uses_of(versions), Directory(now)
    return [
        _("The chain {name}: {problem}").format(name=version.chain.name, problem=problem)
        for slug, version in sorted(versions.items())
        for problem in problems_in(used[slug], stored_steps(version.steps), directory)
    ]
