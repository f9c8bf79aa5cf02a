"""The action of a proposal as people read it: its arguments by name and form, what each replaces, and its kind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime

from apps.desk.befores import Before, Record, befores
from apps.desk.kinds import kind_of, templates_of
from apps.desk.queries.sight import Action, Sight
from apps.desk.templatetags.desk_values import money, readable
from apps.desk.texts.links import Link, link
from apps.desk.texts.told import Told, tell
from apps.proposals.masking import Hidden
from apps.proposals.models import Evidence, Proposal
from apps.proposals.states import EvidenceKind
from apps.registry.marks import Field, fields, resolved

_RECORDS = frozenset({EvidenceKind.RECORD, EvidenceKind.TOOL_RESULT})
_BODIES = ("text", "body", "message", "content")
_HEADINGS = ("subject", "title", "heading")


@dataclass(frozen=True, slots=True)
class Value:
    """One value. `form` is hidden, money, date, moment, link or plain; `at` and `link` only for those."""

    form: str
    said: Told
    at: date | datetime | None = None
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument as people read it; a list of plain values is shown as one.

    `before` are the values it replaces, `before_from` the record that says so; `is_kept` that nothing changes in it.
    """

    name: str
    title: str
    description: str
    values: list[Value]
    before: list[Value]
    before_from: str
    is_kept: bool

    @property
    def is_changed(self) -> bool:
        """Whether it replaces another value."""
        return bool(self.before) and not self.is_kept

    @property
    def is_letter(self) -> bool:
        """Whether it is a text to be read as a whole."""
        return len(self.values) == 1 and self.values[0].form == "plain" and self.values[0].said.is_long

    @property
    def is_money(self) -> bool:
        """Whether it is a single amount."""
        return len(self.values) == 1 and self.values[0].form == "money"


@dataclass(frozen=True, slots=True)
class Shown:
    """An action: the templates of its kind, the first that exists is used, and its arguments."""

    kind: str
    templates: Sequence[str]
    arguments: list[Argument]

    @property
    def letter(self) -> Argument | None:
        """The text a message consists of."""
        letters = [one for one in self.arguments if one.is_letter]
        return next((one for one in self.arguments if one.name in _BODIES), letters[0] if letters else None)

    @property
    def heading(self) -> Argument | None:
        """The line above the text of a message."""
        return next((one for one in self.arguments if one.name in _HEADINGS), None)

    @property
    def sum(self) -> Argument | None:
        """The amount that is paid."""
        return next((one for one in self.arguments if one.is_money), None)

    @property
    def changed(self) -> list[Argument]:
        """What replaces another value."""
        return [one for one in self.arguments if one.is_changed]

    @property
    def around(self) -> list[Argument]:
        """What a message has beside its text and its heading."""
        return [one for one in self.arguments if one not in (self.letter, self.heading)]

    @property
    def beside(self) -> list[Argument]:
        """What a payment has beside its amount."""
        return [one for one in self.arguments if one is not self.sum and one.name != "currency"]

    @property
    def kept(self) -> list[Argument]:
        """What replaces nothing."""
        return [one for one in self.arguments if not one.is_changed]


def shown(proposal: Proposal, evidence: Sequence[Evidence], seen: Sight) -> Shown:
    """The proposed action as this person sees it. Wants `action_type` loaded."""
    action_type = proposal.action_type
    schema, args = proposal.args_schema, proposal.args
    found = fields(schema, seen.args(action_type.name, args))
    before = befores(
        args,
        marked={field.path: field.before for field in found if field.before},
        records=[Record(item.title, item.content) for item in evidence if item.kind in _RECORDS],
        subject_id=proposal.subject_id,
    )
    currency = currency_of(proposal, args)
    used = {one.argument for one in before.values()}
    arguments = [
        _argument(list(group), before.get(path), args, currency, seen, schema)
        for path, group in groupby(found, key=lambda field: field.path)
        if path not in used
    ]
    name = kind_of(
        schema,
        action_type.effects,
        has_amount=any(one.is_money for one in arguments),
        has_before=any(one.is_changed for one in arguments),
        has_letter=any(one.is_letter or one.name in _BODIES for one in arguments),
    )
    return Shown(name, templates_of(name), arguments)


def listed(proposal: Proposal, action: Action, seen: Sight) -> list[Argument]:
    """The arguments of another action of the workflow by name, as this person sees them."""
    name, args = action
    schema, currency = seen.schemas.get(name, {}), currency_of(proposal, args)
    found = fields(schema, seen.args(name, args))
    return [
        _argument(list(group), None, args, currency, seen, schema)
        for _path, group in groupby(found, key=lambda field: field.path)
    ]


def currency_of(proposal: Proposal, args: dict[str, Any]) -> str:
    """What the amounts of these arguments are counted in, empty when nothing says so. Wants `action_type` loaded."""
    stated = args.get("currency") or proposal.impact.get("currency")
    return str(stated or proposal.action_type.amount_currency or "")


def _argument(
    group: list[Field],
    before: Before | None,
    args: dict[str, Any],
    currency: str,
    seen: Sight,
    schema: dict[str, Any],
) -> Argument:
    first = group[0]
    return Argument(
        name=first.path,
        title=first.title,
        description=first.description,
        values=[_value(field, field.value, currency) for field in group],
        before=[_former(first, before, currency, seen, schema)] if before else [],
        before_from=seen.text(before.record) if before else "",
        is_kept=before is not None and before.value == args.get(first.path),
    )


def _former(field: Field, before: Before, currency: str, seen: Sight, schema: dict[str, Any]) -> Value:
    """The value that is replaced. What replaces a sensitive value, or is one, is hidden as well."""
    if isinstance(field.value, Hidden):
        return _value(field, Hidden(before.value), currency)
    rules = resolved(schema, schema).get("properties", {})
    one = {"type": "object", "properties": {before.argument: rules.get(before.argument, {})}}
    masked = seen.mask.args(one, {before.argument: before.value})[before.argument]
    return _value(field, masked, currency)


def _value(field: Field, value: Any, currency: str) -> Value:
    if isinstance(value, Hidden):
        return Value("hidden", tell(value))
    if field.is_amount and not isinstance(value, bool) and (amount := money(value)):
        return Value("money", tell(f"{amount} {currency}".strip()))
    if isinstance(value, str):
        at = _moment(field.form, value)
        if at is not None:
            return Value("moment" if isinstance(at, datetime) else "date", tell(value), at)
        if field.form in ("uri", "url") or value.startswith(("http://", "https://")):
            return Value("link", tell(value), link=link(value))
    return Value("plain", tell(readable(value)))


def _moment(form: str, value: str) -> date | datetime | None:
    try:
        if form == "date":
            return parse_date(value)
        at = parse_datetime(value) if form == "date-time" else None
    except ValueError:
        return None
    return at if at is not None and at.tzinfo is not None else None
