"""Every page answers, says the right thing, and changes nothing."""

import pytest
from django.test import Client
from django.urls import reverse

from tests import factories


@pytest.fixture
def as_alice(client: Client, house: factories.House) -> Client:
    client.force_login(house.alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_home_says_what_waits(as_alice: Client, house: factories.House) -> None:
    proposal = factories.pending(house)
    page = as_alice.get(reverse("desk:home"))
    assert page.status_code == 200
    for url in (
        reverse("desk:queue_list"),
        reverse("desk:queue_detail", args=["standard"]),
        reverse("desk:task_detail", args=[proposal.task.pk]),
        reverse("desk:proposal_list"),
        reverse("desk:proposal_detail", args=[proposal.pk]),
        reverse("trust:slice_list"),
        reverse("trust:slice_detail", args=[proposal.slice_id]),
    ):
        answer = as_alice.get(url)
        assert answer.status_code == 200, url
    claimed = as_alice.post(reverse("desk:task_claim", args=[proposal.task.pk]), follow=True)
    assert claimed.status_code == 200
    assert "Approve:" in claimed.text
