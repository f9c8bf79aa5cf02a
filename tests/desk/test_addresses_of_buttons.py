"""An address that only takes forms, opened as a page."""

from django.test import Client
from django.urls import reverse

BUTTON = reverse("inbox:notification_read_all")


def test_a_browser_is_told_calmly(as_alice: Client) -> None:
    response = as_alice.get(BUTTON, headers={"accept": "text/html,*/*"})
    assert response.status_code == 405
    assert response["Allow"] == "POST"
    assert "This address belongs to a button. Nothing was changed." in response.text


def test_programs_get_the_plain_answer(as_alice: Client) -> None:
    response = as_alice.get(BUTTON, headers={"accept": "application/json"})
    assert (response.status_code, response.content) == (405, b"")
