"""People, teams, the roles they hold everywhere, and when they are away."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import Group, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from apps.accounts.roles import OFFICE_ROLES
from apps.audit.actors import Actor


class UserManager(BaseUserManager["User"]):
    """Creates people by e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person. `short` is the handle used in configuration files (`alice`)."""

    email = models.EmailField(_("e-mail"), unique=True)
    short = models.SlugField(_("short name"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    is_active = models.BooleanField(_("may sign in"), default=True)
    uses_keys = models.BooleanField(_("keyboard shortcuts"), default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["short", "name"]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_case_insensitive")]

    def __str__(self) -> str:
        return self.name

    @property
    def actor(self) -> Actor:
        return Actor("person", str(self.pk), self.name)


class Team(Group):
    """A named group of people; rights given to a team reach all its members."""

    slug = models.SlugField(max_length=60, unique=True)

    objects: "ClassVar[models.Manager[Team]]" = models.Manager()  # type: ignore[assignment]  # Group's knows no slug


class Office(models.Model):
    """A role a person holds across the whole installation (admin, governance, auditor)."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="offices")
    role = models.CharField(max_length=20)
    granted_at = models.DateTimeField()
    granted_by = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], name="office_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in OFFICE_ROLES]), name="office_known_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role}"


class Absence(models.Model):
    """A time in which a person gets no work, and who stands in."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="absences")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    delegate = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="stands_in"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="absence_ends_after_start"
            ),
            models.CheckConstraint(
                condition=~models.Q(delegate=models.F("user")), name="absence_delegate_is_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} away until {self.ends_at:%Y-%m-%d}"


class Presence(models.Model):
    """When a page of this person was last seen open; see `presence`."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="presence")
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.person} was here at {self.seen_at:%H:%M}"
