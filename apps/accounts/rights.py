"""Who holds which role, on which queue or workflow or everywhere. The only file that knows guardian.

A role on an object is a guardian permission of the same name, kept in that object's own table with real
foreign keys: `registry` and `reviews` make theirs from `PersonRight` and `TeamRight`. A right given to a team
reaches its members. Roles held everywhere are `Office` rows. `is_superuser` opens nothing here.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase
from guardian.shortcuts import assign_perm, remove_perm
from guardian.utils import get_group_obj_perms_model, get_user_obj_perms_model

from apps.accounts.models import Office, Team, User
from apps.accounts.roles import Role
from apps.audit import actions as audit
from apps.audit.actors import Acting


class PersonRight(UserObjectPermissionBase):
    """Base of the table that holds people's rights on one kind of object; add `content_object`."""

    class Meta(UserObjectPermissionBase.Meta):
        abstract = True


class TeamRight(GroupObjectPermissionBase):
    """Base of the table that holds teams' rights on one kind of object; add `content_object`."""

    class Meta(GroupObjectPermissionBase.Meta):
        abstract = True


def give(*, role: Role, to: User | Team, on: models.Model, by: Acting | None, now: datetime) -> None:
    """Give `role` on one object. Giving what is held already changes and records nothing."""
    if _holds(role, to, on):
        return
    assign_perm(role.value, _guardian_holder(to), on)
    _record("role.given", role, to, on, by, now)


def take_back(*, role: Role, to: User | Team, on: models.Model, by: Acting | None, now: datetime) -> None:
    """Take `role` on one object back. Taking what is not held changes and records nothing."""
    if not _holds(role, to, on):
        return
    remove_perm(role.value, _guardian_holder(to), on)
    _record("role.taken_back", role, to, on, by, now)


def appoint(*, role: Role, to: User, by: Acting | None, now: datetime) -> None:
    """Give a role held everywhere."""
    granted_by = by.actor.name if by is not None else "ReviewHub"
    _office, made = Office.objects.get_or_create(
        user=to, role=role.value, defaults={"granted_at": now, "granted_by": granted_by}
    )
    if made:
        audit.record(
            verb="role.given", now=now, by=by, subject=("person", to.pk, to.name), data={"role": role.value}
        )


def dismiss(*, role: Role, to: User, by: Acting | None, now: datetime) -> None:
    """Take back a role held everywhere."""
    deleted, _rows = Office.objects.filter(user=to, role=role.value).delete()
    if deleted:
        audit.record(
            verb="role.taken_back",
            now=now,
            by=by,
            subject=("person", to.pk, to.name),
            data={"role": role.value},
        )


def holds_everywhere(user: User, *roles: Role) -> bool:
    """Whether `user` holds any of `roles` across the installation."""
    return Office.objects.filter(user=user, role__in=[role.value for role in roles]).exists()


def ids_with(user: User, roles: Iterable[Role], model: type[models.Model]) -> set[int]:
    """Ids of the objects of `model` on which `user` holds any of `roles`, directly or through a team. One
    query.
    """
    names = [role.value for role in roles]
    own = get_user_obj_perms_model(model).objects.filter(user=user, permission__codename__in=names)
    teams = get_group_obj_perms_model(model).objects.filter(group__user=user, permission__codename__in=names)
    return set(
        own.values_list("content_object_id")
        .union(teams.values_list("content_object_id"))
        .values_list("content_object_id", flat=True)
    )


def holds(user: User, role: Role, on: models.Model) -> bool:
    """Whether `user` holds `role` on this object, directly or through a team."""
    return on.pk in ids_with(user, [role], type(on))


def people_with(roles: Iterable[Role], on: models.Model) -> models.QuerySet[User]:
    """Active people who hold any of `roles` on this object, directly or through a team."""
    names = [role.value for role in roles]
    own = get_user_obj_perms_model(on).objects.filter(content_object=on, permission__codename__in=names)
    teams = get_group_obj_perms_model(on).objects.filter(content_object=on, permission__codename__in=names)
    return User.objects.filter(
        models.Q(pk__in=own.values("user_id")) | models.Q(groups__in=teams.values("group_id")), is_active=True
    ).distinct()


def grants_on(on: models.Model) -> list[tuple[str, User | Team]]:
    """Every (role, holder) of one object, people first, each by name."""
    own: Any = (
        get_user_obj_perms_model(on).objects.filter(content_object=on).select_related("user", "permission")
    )
    teams: Any = get_group_obj_perms_model(on).objects.filter(content_object=on).select_related("permission")
    of_team = {team.pk: team for team in Team.objects.filter(pk__in=[row.group_id for row in teams])}
    people = [(row.permission.codename, row.user) for row in own.order_by("user__name")]
    groups = [(row.permission.codename, of_team[row.group_id]) for row in teams if row.group_id in of_team]
    return [*people, *sorted(groups, key=lambda grant: grant[1].name)]


def _guardian_holder(to: User | Team) -> Any:
    return to.group_ptr if isinstance(to, Team) else to


def _holds(role: Role, to: User | Team, on: models.Model) -> bool:
    return any(held == role.value and holder == to for held, holder in grants_on(on))


def _record(
    verb: str, role: Role, to: User | Team, on: models.Model, by: Acting | None, now: datetime
) -> None:
    kind = "team" if isinstance(to, Team) else "person"
    where = {"on": on._meta.model_name, "id": on.pk, "name": str(on)}
    audit.record(
        verb=verb, now=now, by=by, subject=(kind, to.pk, to.name), data={"role": role.value, **where}
    )
