"""People at their desks: the clock stands at the house's Tuesday morning, and everybody is signed in."""

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.proposals.models import Proposal
from apps.reviews.models import Task
from tests import factories

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"

SignIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _clock(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=True):
        yield


@pytest.fixture
def sign_in() -> SignIn:
    """A browser of this person."""

    def signed_in(person: User) -> Client:
        client = Client()
        client.force_login(person, backend=BACKEND)
        return client

    return signed_in


@pytest.fixture
def as_alice(house: factories.House, sign_in: SignIn) -> Client:
    """Alice's browser."""
    return sign_in(house.alice)


@pytest.fixture
def as_bob(house: factories.House, sign_in: SignIn) -> Client:
    """Bob's browser."""
    return sign_in(house.bob)


def card_url(proposal: Proposal) -> str:
    """The decision card of a proposal's task."""
    return reverse("desk:task_detail", args=[proposal.task.pk])


def decision(task: Task, verb: str, **fields: object) -> dict[str, object]:
    """What the card's form for `verb` posts."""
    return {
        "verb": verb,
        "lease_token": task.lease_token,
        "version": task.version,
        "seen_sha256": task.proposal.args_sha256,
        **fields,
    }
