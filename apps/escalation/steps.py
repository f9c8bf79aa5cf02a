"""What does a chain say, step by step, and can it be used at all?

A step is written `{"after": "50%", "do": "notify", "to": ["leads"]}`. `after` is a share of the decide target or a
duration as `sla.durations` writes it, both from the moment the task was opened. This module reads, writes and judges
the text; it knows no people, no queues and no clock (`proof`, `timing`).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from apps.escalation.states import Do
from apps.sla.durations import Duration, DurationError, parse

MOST_STEPS = 20
MOST_PERCENT = 1000

ROLES = ("business_owner", "process_owner", "technical_owner", "governance_lead", "reviewers")
OFFICES = ("admin", "governance")
# `to` of each kind: with a fixed set of names, with any slug (None), or with no name at all ("").
_KINDS: Mapping[str, tuple[str, ...] | None] = {
    "leads": (),
    "reviewers": (),
    "role": ROLES,
    "office": OFFICES,
    "team": None,
    "person": None,
    "channel": None,
    "queue": None,
}
# Who can be answerable for a task that nobody decided: never a single named person, never a chat room.
_ACCOUNTABLE = frozenset({"leads", "role", "office", "team"})
_TOLD = frozenset(_KINDS) - {"queue"}
_TAKES: Mapping[Do, frozenset[str]] = {
    Do.NOTIFY: _TOLD,
    Do.WIDEN: frozenset({"queue"}),
    Do.REASSIGN: frozenset({"queue"}),
    Do.RAISE_TIER: frozenset(),
    Do.REQUIRE_SECOND: frozenset(),
    Do.FALLBACK: frozenset(),
}
_SLUG = re.compile(r"[a-zA-Z0-9_-]{1,60}")
_SHARE = re.compile(r"([0-9]{1,6})\s?%")
_FIELDS = {"after", "do", "to"}


class Problem(str):
    """A sentence that says what to change. `step` is the number of the step it is about, 0 for the whole chain."""

    step: int

    def __new__(cls, sentence: str, *, step: int = 0) -> "Problem":
        problem = super().__new__(cls, sentence)
        problem.step = step
        return problem


class ChainError(ValueError):
    """A chain cannot be used. `problems` has a sentence for each thing to change."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = list(problems)
        super().__init__(" ".join(self.problems))


@dataclass(frozen=True, slots=True)
class Share:
    """A share of the decide target, in percent; 0 is at once, 100 when it is due."""

    percent: int

    def __str__(self) -> str:
        return f"{self.percent}%"


@dataclass(frozen=True, slots=True)
class To:
    """Whom or what a step is about: a kind, and the name within it (empty for `leads` and `reviewers`)."""

    kind: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a chain. `to` is empty where the step concerns the task alone."""

    after: Share | Duration
    do: Do
    to: tuple[To, ...] = ()

    def written(self) -> dict[str, Any]:
        """As configuration files and versions keep it."""
        return {"after": str(self.after), "do": self.do.value, "to": [str(to) for to in self.to]}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A stored step this version of ReviewHub cannot read, and why. It is passed over, loudly."""

    why: str


# Stands at the end of a stored chain that has lost its own: the offices, when the target is due.
LAST_RESORT = Step(Share(100), Do.NOTIFY, (To("office", "admin"), To("office", "governance")))


def read_steps(written: Any) -> tuple[Step, ...]:
    """The steps of a chain that is about to be saved. Raises ChainError with every problem found."""
    if not isinstance(written, list) or not written:
        raise ChainError(
            [Problem(_("A chain needs at least one step: tell the role that answers for the task."))]
        )
    if len(written) > MOST_STEPS:
        raise ChainError([Problem(_("A chain has at most {most} steps.").format(most=MOST_STEPS))])
    read = [_read(number, one) for number, one in enumerate(written, start=1)]
    problems = [problem for one in read if isinstance(one, list) for problem in one]
    steps = [one for one in read if isinstance(one, Step)]
    if not problems:
        problems = [*_order_problems(steps), *_end_problems(steps)]
    if problems:
        raise ChainError(problems)
    return tuple(steps)


def stored_steps(written: Any) -> tuple[Step | Unreadable, ...]:
    """The steps of a saved version, never failing: what cannot be read any more stands as Unreadable.

    However the version was damaged, there is an end that somebody answers for.
    """
    steps: list[Step | Unreadable] = []
    for number, one in enumerate(written if isinstance(written, list) else [], start=1):
        read = _read(number, one)
        steps.append(Unreadable(" ".join(read)) if isinstance(read, list) else read)
    if not steps or not _is_end(steps[-1]):
        steps.append(LAST_RESORT)
    return tuple(steps)


def _is_end(step: Step | Unreadable) -> bool:
    return isinstance(step, Step) and step.do is Do.NOTIFY and all(is_accountable(to) for to in step.to)


def takes(do: Do) -> frozenset[str]:
    """The kinds a step of this sort can name; none where it concerns the task alone."""
    return _TAKES[do]


def is_accountable(to: To) -> bool:
    """Whether this can stand at the end of a chain."""
    return to.kind in _ACCOUNTABLE


def _read(number: int, written: Any) -> Step | list[Problem]:
    """One step, or what is wrong with it."""
    if not isinstance(written, Mapping):
        return [_at(number, _("write after, do and to."))]
    problems = [
        _at(number, _("there is no field {name}.").format(name=str(name)[:40]))
        for name in written
        if name not in _FIELDS
    ]
    after: Share | Duration | None = None
    try:
        after = read_after(written.get("after"))
    except ValueError as error:
        problems.append(_at(number, str(error)))
    if written.get("do") not in Do.values:
        told = _("{word} is not something a step can do; write one of {all}.")
        problems.append(_at(number, told.format(word=str(written.get("do"))[:40], all=", ".join(Do.values))))
        return problems
    do = Do(written["do"])
    to, wrong = _read_to(do, written.get("to", []))
    problems += [_at(number, sentence) for sentence in wrong]
    return Step(after, do, to) if after is not None and not problems else problems


def read_after(text: Any) -> Share | Duration:
    """`50%`, `2wh`, `30m`. Raises ValueError with a sentence."""
    if not isinstance(text, str):
        raise DurationError(_("say after how long: a share such as 50%, or a time such as 2wh."))
    share = _SHARE.fullmatch(text.strip())
    if share is None:
        return parse(text)
    percent = int(share.group(1))
    if percent > MOST_PERCENT:
        raise DurationError(
            _("{text} is too late; write at most {most}%.").format(text=text.strip(), most=MOST_PERCENT)
        )
    return Share(percent)


def _read_to(do: Do, written: Any) -> tuple[tuple[To, ...], list[str]]:
    given = [written] if isinstance(written, str) else written
    if given is None:
        given = []
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        return (), [_("write to as a list of names, such as leads or team:night-shift.")]
    kinds = takes(do)
    if not kinds:
        return (), [_("{do} takes no names.").format(do=do.value)] if given else []
    if not given:
        return (), [_("say to whom or what: {kinds}.").format(kinds=_forms(kinds))]
    found: list[To] = []
    problems: list[str] = []
    for text in given:
        kind, _colon, name = text.strip().partition(":")
        to = To(kind, name)
        if kind not in kinds:
            told = _("{text} cannot stand here; write {kinds}.")
            problems.append(told.format(text=text[:60], kinds=_forms(kinds)))
        elif not _names_something(kind, name):
            told = _("{text} names nothing; write {kinds}.")
            problems.append(told.format(text=text[:60], kinds=_forms([kind])))
        elif to in found:
            problems.append(_("{text} is there twice.").format(text=text[:60]))
        else:
            found.append(to)
    if do is Do.REASSIGN and len(found) > 1:
        problems.append(_("a task can move to one queue only."))
    return tuple(found), problems


def _names_something(kind: str, name: str) -> bool:
    names = _KINDS[kind]
    if names is None:
        return _SLUG.fullmatch(name) is not None
    return name in names if names else not name


def _forms(kinds: Iterable[str]) -> str:
    """How the kinds are written, for messages."""
    forms = []
    for kind in sorted(kinds):
        names = _KINDS[kind]
        if names is None:
            forms.append(f"{kind}:…")
        elif names:
            forms += [f"{kind}:{name}" for name in names]
        else:
            forms.append(kind)
    return ", ".join(forms)


def _order_problems(steps: Sequence[Step]) -> Iterable[Problem]:
    """Steps that can be compared without a calendar come in the order of their times."""
    latest: dict[str, tuple[int, int]] = {}
    for number, step in enumerate(steps, start=1):
        family, size = _measure(step.after)
        before = latest.get(family)
        if before is not None and size < before[1]:
            told = _("it comes before step {other}, which stands above it; put them in the order of time.")
            yield _at(number, told.format(other=before[0]))
        latest[family] = (number, max(size, before[1] if before else 0))


def _measure(after: Share | Duration) -> tuple[str, int]:
    """What kind of time it counts, and how much of it."""
    if isinstance(after, Share):
        return "share", after.percent
    if after.is_wall:
        return "wall", after.wall_seconds
    try:
        return "working", int(after.span.total_seconds())
    except DurationError:
        return "days", after.amount


def _end_problems(steps: Sequence[Step]) -> Iterable[Problem]:
    last = steps[-1]
    if last.do is not Do.NOTIFY:
        told = _(
            "The last step has to tell a role that answers for the task; it is repeated until a person decides."
        )
        yield Problem(told, step=len(steps))
    elif not all(is_accountable(to) for to in last.to):
        told = _("The last step tells a role, not one person or a channel: write {kinds}.")
        yield Problem(told.format(kinds=_forms(_ACCOUNTABLE)), step=len(steps))
    if sum(step.do is Do.FALLBACK for step in steps) > 1:
        yield Problem(_("The fallback can be applied once in a chain."))


def _at(number: int, sentence: str) -> Problem:
    return Problem(_("Step {number}: {sentence}").format(number=number, sentence=sentence), step=number)
