"""A person who decides on the pages: opens them, fills the forms in that are there, and sends these."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.desk.arguments import list_arguments
from apps.reviews.caution import word_to_type
from apps.reviews.models import Task
from apps.routing.states import Verb
from tests.replay.mapping import Intent


@dataclass
class Form:
    """A form of a page: where it is sent, and what its fields hold."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class Visitor:
    """Somebody signed in, without script."""

    def __init__(self, person: User) -> None:
        self.person = person
        self._client = Client()
        self._client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        self._at = ""

    def decide_next(self, intents: Mapping[str, Intent]) -> Verb:
        """Decide the task on the desk, or press "take the next one" first; what was decided."""
        if not self._at:
            self._at = self._client.post(reverse("desk:task_claim_next"))["Location"]
        page = self._client.get(self._at)
        assert page.resolver_match.view_name == "desk:task_detail", page.content.decode()
        task = Task.objects.select_related("proposal").get(pk=page.resolver_match.kwargs["task_id"])
        intent = intents[task.proposal.external_id]
        self._at = self._decide(page.content.decode(), task, intent)
        return intent.verb

    def leave(self) -> None:
        """Return what is still in hand to its queues: the task on the desk, and what came along with it."""
        for task in Task.objects.filter(claimed_by=self.person, status="claimed"):
            self._client.post(reverse("desk:task_release", args=[task.pk]))

    def _decide(self, page: str, task: Task, intent: Intent) -> str:
        """Send the form for this verb; the address of the task that comes next."""
        form = _form_of(page, intent.verb)
        sent = {**form.fields, **self._filled_in(form, task, intent)}
        if intent.verb is Verb.EDIT:
            # An edit is shown as a difference first, and granted from there.
            shown = self._client.post(form.action.partition("#")[0], sent)
            assert shown.status_code == 200, shown.content.decode()
            form = _form_of(shown.content.decode(), intent.verb)
            sent = {**form.fields, **self._filled_in(form, task, intent)}
        answer = self._client.post(form.action.partition("#")[0], sent)
        assert answer.status_code == 302, answer.content.decode()
        return answer["Location"]

    def _filled_in(self, form: Form, task: Task, intent: Intent) -> dict[str, str]:
        filled: dict[str, str] = {}
        if intent.verb is not Verb.APPROVE:
            filled |= {"reason_code": "wrong-action", "note": intent.note}
        if intent.verb is Verb.CHOOSE_ALTERNATIVE:
            filled["alternative_rank"] = str(intent.alternative_rank)
        if intent.verb is Verb.EDIT:
            filled |= {**_typed_arguments(task, intent.args or {})}
        if "typed" in form.fields:
            proposal = task.proposal
            filled["typed"] = word_to_type(subject_id=proposal.subject_id, args_sha256=proposal.args_sha256)
        return filled


def _typed_arguments(task: Task, args: dict[str, Any]) -> dict[str, str]:
    """What is typed into the fields of the arguments: a list has one value a line."""
    shown = list_arguments(task.proposal.action_type.args_schema, task.proposal.args)
    values = (args[argument.name] for argument in shown)
    return {f"arg-{position}": _typed(value) for position, value in enumerate(values)}


def _typed(value: Any) -> str:
    return (
        "\n".join(value)
        if isinstance(value, list)
        else value
        if isinstance(value, str)
        else json.dumps(value)
    )


def _form_of(page: str, verb: Verb) -> Form:
    parser = _Forms()
    parser.feed(page)
    return next(form for form in parser.forms if form.fields.get("verb") == verb.value)


class _Forms(HTMLParser):
    """Collects the forms of a page with the fields that would be sent, and what is chosen in them already."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._choice = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "form":
            self.forms.append(Form(given.get("action") or ""))
        elif tag in {"input", "select", "textarea"} and self.forms and name:
            self.forms[-1].fields.setdefault(name, value)
            self._choice = name
        elif tag == "option" and "selected" in given:
            self.forms[-1].fields[self._choice] = value
