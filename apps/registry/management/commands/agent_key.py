"""Issues, rotates, revokes and lists agents' keys from the command line."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.accounts.policies import NotAllowed
from apps.registry import actions
from apps.registry.actions import IssuedKey
from apps.registry.models import Agent, AgentKey
from apps.registry.states import USUAL_SCOPES, Scope


class Command(BaseCommand):
    """Only a new key is written to standard output, so that it can be piped to where it belongs."""

    help = "Issue, rotate, revoke or list the keys of an agent."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        issue = verbs.add_parser("issue", help="make a key and print it once")
        issue.add_argument("agent", help="the agent's slug")
        issue.add_argument("--scopes", nargs="+", choices=Scope.values, default=list(USUAL_SCOPES))
        issue.add_argument(
            "--days", type=int, default=180, help="how long it works (default 180, at most 730)"
        )
        rotate = verbs.add_parser("rotate", help="make a key's successor and print it once")
        rotate.add_argument("prefix", help="the 12 letters after rh_")
        rotate.add_argument("--overlap-hours", type=int, default=24, help="how long the old key still works")
        revoke = verbs.add_parser("revoke", help="close a key at once")
        revoke.add_argument("prefix")
        revoke.add_argument("--reason", default="")
        listing = verbs.add_parser("list", help="show keys and when they were used")
        listing.add_argument("agent", nargs="?", help="the agent's slug; all agents if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['verb']}")(options)
        except NotAllowed as refusal:
            raise CommandError(refusal.sentence) from refusal

    def _issue(self, options: dict[str, Any]) -> None:
        agent = Agent.objects.filter(slug=options["agent"]).first()
        if agent is None:
            raise CommandError(f"There is no agent {options['agent']}.")
        now = timezone.now()
        self._print(
            actions.issue_key(
                agent=agent,
                scopes=[Scope(scope) for scope in options["scopes"]],
                expires_at=now + _span(days=options["days"]),
                by=None,
                now=now,
            )
        )

    def _rotate(self, options: dict[str, Any]) -> None:
        overlap = _span(hours=options["overlap_hours"])
        self._print(
            actions.rotate_key(key=_key(options["prefix"]), by=None, now=timezone.now(), overlap=overlap)
        )

    def _revoke(self, options: dict[str, Any]) -> None:
        key = actions.revoke_key(
            key=_key(options["prefix"]), by=None, now=timezone.now(), reason=options["reason"]
        )
        self.stderr.write(f"{key} is revoked.")

    def _list(self, options: dict[str, Any]) -> None:
        keys = AgentKey.objects.select_related("agent").order_by("agent__slug", "created_at")
        if options["agent"]:
            keys = keys.filter(agent__slug=options["agent"])
        for key in keys:
            state = "revoked" if key.revoked_at else "live" if key.is_live(timezone.now()) else "expired"
            used = f"used {key.last_used_at:%Y-%m-%d %H:%M}" if key.last_used_at else "never used"
            scopes = ",".join(key.scopes)
            self.stdout.write(
                f"{key.agent.slug}  {key.prefix}  {state}  {scopes}  until {key.expires_at:%Y-%m-%d}  {used}"
            )

    def _print(self, issued: IssuedKey) -> None:
        self.stderr.write(f"{issued.key.agent.name}: works until {issued.key.expires_at:%Y-%m-%d %H:%M} UTC.")
        self.stdout.write(issued.token)


def _span(*, days: int = 0, hours: int = 0) -> timedelta:
    """A length of time; absurd numbers become ones that the verbs refuse with a sentence."""
    return timedelta(days=max(-1, min(days, 36_500)), hours=max(-1, min(hours, 876_000)))


def _key(prefix: str) -> AgentKey:
    key = AgentKey.objects.filter(prefix=prefix.removeprefix("rh_").split("_")[0]).first()
    if key is None:
        raise CommandError(f"There is no key {prefix}.")
    return key
