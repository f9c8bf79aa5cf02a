"""Who holds which role, on which queue or workflow or everywhere. The only file that knows guardian.

A role on an object is a guardian permission of the same name, kept in that object's own table with real
foreign keys: `registry` and `reviews` make theirs from `PersonRight` and `TeamRight`. A right given to a team
reaches its members. Roles held everywhere are `Office` rows. `is_superuser` opens nothing here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection, models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase
from guardian.shortcuts import assign_perm, remove_perm
from guardian.utils import get_group_obj_perms_model, get_user_obj_perms_model
from psycopg.sql import SQL, Identifier

from apps.accounts.models import Office, Team, User
from apps.accounts.roles import Role
from apps.audit import actions as audit
from apps.audit.actors import Acting

_IDS = """
    SELECT held.content_object_id
      FROM {people} AS held JOIN auth_permission AS role ON role.id = held.permission_id
     WHERE held.user_id = %(person)s AND role.codename = ANY(%(roles)s)
     UNION
    SELECT held.content_object_id
      FROM {teams} AS held JOIN auth_permission AS role ON role.id = held.permission_id
      JOIN {members} AS member ON member.group_id = held.group_id
     WHERE member.user_id = %(person)s AND role.codename = ANY(%(roles)s)
"""


@dataclass(frozen=True)
class Given:
    """One role, who holds it, and on what."""

    role: Role
    holder: User | Team
    on: models.Model

    @property
    def is_team(self) -> bool:
        return isinstance(self.holder, Team)


class PersonRight(UserObjectPermissionBase):
    """Base of the table that holds people's rights on one kind of object; add `content_object`."""

    class Meta(UserObjectPermissionBase.Meta):
        abstract = True


class TeamRight(GroupObjectPermissionBase):
    """Base of the table that holds teams' rights on one kind of object; add `content_object`.

    A team that holds a right is not deleted: that would take the right away without a word.
    """

    group = models.ForeignKey(Group, on_delete=models.PROTECT)

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
    """Ids of the objects of `model` on which `user` holds any of `roles`, by name or by team. One query."""
    values: dict[str, Any] = {"person": user.pk, "roles": [role.value for role in roles]}
    with connection.cursor() as cursor:
        cursor.execute(_ids_sql(model), values)
        return {key for (key,) in cursor.fetchall()}


def holds(user: User, role: Role, on: models.Model) -> bool:
    """Whether `user` holds `role` on this object, directly or through a team."""
    return on.pk in ids_with(user, [role], type(on))


def people_with(roles: Iterable[Role], on: models.Model) -> models.QuerySet[User]:
    """Active people who hold any of `roles` on this object, directly or through a team."""
    names = [role.value for role in roles]
    own = _of_people(type(on)).filter(content_object=on, permission__codename__in=names)
    teams = _of_teams(type(on)).filter(content_object=on, permission__codename__in=names)
    return User.objects.filter(
        models.Q(pk__in=own.values("user_id")) | models.Q(groups__in=teams.values("group_id")), is_active=True
    ).distinct()


def holders_on(
    roles: Iterable[Role], kind: type[models.Model], ids: Iterable[int] | None = None
) -> dict[int, set[int]]:
    """{object id: ids of the people} who hold any of `roles` on objects of `kind` (default: all), directly or through
    a team, whether they may sign in or not. Objects nobody holds them on are left out. Two queries.
    """
    where: dict[str, Any] = {"permission__codename__in": [role.value for role in roles]}
    if ids is not None:
        where["content_object_id__in"] = list(ids)
    rows = [
        *_of_people(kind).filter(**where).values_list("content_object_id", "user_id"),
        *_of_teams(kind)
        .filter(**where, group__user__isnull=False)
        .values_list("content_object_id", "group__user"),
    ]
    held: dict[int, set[int]] = {}
    for object_id, person_id in rows:
        held.setdefault(object_id, set()).add(person_id)
    return held


def grants_on(on: models.Model) -> list[tuple[str, User | Team]]:
    """Every (role, holder) of one object, people first, each by name."""
    return [(role, holder) for role, holder, _where in _grants(_of(type(on), content_object=on))]


def everything_given(kinds: Iterable[type[models.Model]]) -> list[Given]:
    """Every role held on every object of these kinds of object, people first."""
    return [Given(Role(role), holder, where) for kind in kinds for role, holder, where in _grants(_of(kind))]


def kinds_with_rights() -> list[type[models.Model]]:
    """The models on which roles can be held: those that have a table made from `PersonRight`."""
    tables: list[Any] = [table for table in apps.get_models() if issubclass(table, PersonRight)]
    return [table._meta.get_field("content_object").related_model for table in tables]


def _grants(rows: tuple[Any, Any]) -> list[tuple[str, User | Team, models.Model]]:
    own, teams = rows
    of_team = {
        team.pk: team for team in Team.objects.filter(pk__in=teams.values("group_id")).order_by("name")
    }
    people = own.select_related("user", "permission", "content_object").order_by(
        "user__name", "permission__codename"
    )
    groups = teams.select_related("permission", "content_object").order_by(
        "group__name", "permission__codename"
    )
    return [
        *((row.permission.codename, row.user, row.content_object) for row in people),
        *(
            (row.permission.codename, of_team[row.group_id], row.content_object)
            for row in groups
            if row.group_id in of_team
        ),
    ]


@lru_cache
def _ids_sql(model: type[models.Model]) -> str:
    """Asked with every request, once or more: written out, it costs a quarter of what building it does."""
    tables = [table.model._meta.db_table for table in (_of_people(model), _of_teams(model))]
    people, teams = (Identifier(name) for name in tables)
    return (
        SQL(_IDS)
        .format(people=people, teams=teams, members=Identifier(User.groups.through._meta.db_table))
        .as_string()
    )


def _of(kind: type[models.Model], **on: Any) -> tuple[Any, Any]:
    return _of_people(kind).filter(**on), _of_teams(kind).filter(**on)


def _of_people(kind: type[models.Model]) -> Any:
    table: Any = get_user_obj_perms_model(kind)  # type: ignore[arg-type]  # guardian takes classes as well
    return table.objects


def _of_teams(kind: type[models.Model]) -> Any:
    table: Any = get_group_obj_perms_model(kind)  # type: ignore[arg-type]
    return table.objects


def _guardian_holder(to: User | Team) -> Any:
    return Group.objects.get(pk=to.pk) if isinstance(to, Team) else to


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
