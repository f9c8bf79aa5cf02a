"""Makes and changes teams."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction

from apps.accounts import policies
from apps.accounts.models import Team, User
from apps.accounts.staffing import nothing_left_empty
from apps.audit import actions as audit


@transaction.atomic
def save_team(
    *,
    slug: str,
    name: str,
    members: Iterable[User],
    by: User | None,
    now: datetime,
    accepts: Collection[str] | None = (),
) -> Team:
    """Make a team, or change its name and say exactly who is in it.

    Raises NotAllowed, ValidationError; LeavesEmpty when work is left without people that is not among what `by`
    `accepts` (None: all).
    """
    policies.check_manage_people(by)
    team = Team.objects.select_for_update(no_key=True, of=["self"]).filter(slug=slug).first()
    made = team is None
    team = team or Team(slug=slug)
    before_name = team.name
    team.name = name
    team.full_clean()
    team.save()
    before = {person.pk: person.name for person in User.objects.filter(groups=team)}
    after = {person.pk: person.name for person in members}
    leaves = before.keys() - after.keys()
    with nothing_left_empty(now, accepts=accepts if leaves else None):
        team.user_set.set(after)
    if made or before_name != name or before.keys() != after.keys():
        audit.record(
            verb="team.made" if made else "team.changed",
            now=now,
            by=by,
            subject=("team", team.pk, team.name),
            data={
                "joined": sorted(after[pk] for pk in after.keys() - before.keys()),
                "left": sorted(before[pk] for pk in before.keys() - after.keys()),
                **({} if before_name == name else {"name": {"before": before_name, "after": name}}),
            },
        )
    return team
