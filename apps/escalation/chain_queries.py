"""Chains as pages show them: what each says now, where it is used, and how it came to say that."""

from dataclasses import dataclass

from django.db.models import Count

from apps.escalation.chains import newest_versions, uses, uses_of
from apps.escalation.models import Chain, ChainVersion, EscalationRun
from apps.escalation.names import names_of
from apps.escalation.wording import Change, Names, difference, reads

# Older versions are kept; the page shows the last ones.
_SHOWN = 30


@dataclass(frozen=True, slots=True)
class ChainLine:
    """One chain in the list. `last` is how its last step reads, `live` how many tasks run by it, in any version."""

    version: ChainVersion
    steps: int
    last: str
    uses: int
    live: int

    @property
    def chain(self) -> Chain:
        return self.version.chain


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of a chain, and what it changed of the one before; nothing for the first."""

    version: ChainVersion
    changes: list[Change]


def chain_lines() -> list[ChainLine]:
    """Every chain, by name."""
    newest = newest_versions(Chain.objects.values_list("slug", flat=True))
    live = dict(
        EscalationRun.objects.live()
        .order_by()
        .values_list("chain_version__chain_id")
        .annotate(count=Count("*"))
    )
    steps = {slug: version.read() for slug, version in newest.items()}
    names = names_of(*steps.values())
    used = uses_of(newest)
    lines = [
        ChainLine(
            version,
            len(steps[slug]),
            reads(steps[slug][-1], names),
            len(used[slug]),
            live.get(version.chain_id, 0),
        )
        for slug, version in newest.items()
    ]
    return sorted(lines, key=lambda line: (line.chain.name, line.chain.slug))


def editions(slug: str) -> tuple[list[Edition], Names]:
    """The last versions of a chain, the newest first, each with what it changed, none for an unknown slug; and what
    they name.
    """
    versions = ChainVersion.objects.filter(chain__slug=slug).select_related("chain").order_by("-number")
    found = list(versions[: _SHOWN + 1])
    read = [version.read() for version in found]
    names = names_of(*read)
    shown = [
        Edition(version, difference(read[index + 1], read[index], names) if index + 1 < len(found) else [])
        for index, version in enumerate(found)
    ]
    return shown[:_SHOWN], names


def used_at(slug: str) -> dict[str, list[str]]:
    """{workflow: names of the queues} where matrices use it now."""
    found: dict[str, list[str]] = {}
    for queue, workflow in uses(slug):
        found.setdefault(workflow.name, []).append(queue.name)
    return found
