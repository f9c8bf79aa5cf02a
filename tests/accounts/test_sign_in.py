"""Getting in: lock-out, closed sign-up, two-step sign-in, links to set a password, and being shut out."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from apps.accounts import actions
from apps.accounts.models import User
from tests.factories import PASSWORD, UserFactory

SIGN_IN = "/accounts/login/"
LOCKED = "account/locked_out.html"


@pytest.fixture(autouse=True)
def _no_attempts_yet():
    """allauth counts attempts per network address in the cache, which outlives a test."""
    cache.clear()


@pytest.fixture
def dora(db):
    return UserFactory(short="dora")


def sign_in(client, email, password, ip="10.0.0.1"):
    return client.post(SIGN_IN, {"login": email, "password": password}, REMOTE_ADDR=ip)


def fail(client, email, times, ip="10.0.0.1"):
    for _attempt in range(times):
        answer = sign_in(client, email, "not the password", ip)
    return answer


def is_in(client):
    return "_auth_user_id" in client.session


def test_the_right_password_opens_the_door(client, dora):
    assert sign_in(client, dora.email, PASSWORD).status_code == 302
    assert is_in(client)


def test_after_five_wrong_passwords_even_the_right_one_is_refused(client, dora):
    assert fail(client, dora.email, 4).status_code == 200
    fifth = fail(client, dora.email, 1)
    sixth = sign_in(client, dora.email, PASSWORD)
    assert [fifth.status_code, sixth.status_code] == [429, 429]
    assert LOCKED in [template.name for template in sixth.templates]
    assert not is_in(client)


def test_the_lock_is_on_the_pair_of_address_and_network_address(client, dora):
    fail(client, dora.email, 5)
    other = UserFactory()
    assert sign_in(Client(), other.email, PASSWORD).status_code == 302
    assert sign_in(Client(), dora.email, PASSWORD, ip="10.0.0.2").status_code == 302


def test_spelling_the_address_differently_does_not_help(client, dora):
    fail(client, dora.email, 2)
    fail(client, dora.email.upper(), 2)
    assert fail(client, f" {dora.email} ", 1).status_code == 429


def test_a_success_starts_the_count_again(client, dora):
    fail(client, dora.email, 4)
    sign_in(client, dora.email, PASSWORD)
    assert is_in(client)
    assert fail(Client(), dora.email, 4).status_code == 200


def test_behind_a_proxy_the_visitors_own_address_counts(client, dora, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    visitor = {"headers": {"x-forwarded-for": "203.0.113.7"}, "REMOTE_ADDR": "10.0.0.9"}
    for _attempt in range(5):
        answer = client.post(SIGN_IN, {"login": dora.email, "password": "wrong"}, **visitor)
    assert answer.status_code == 429
    other = {"headers": {"x-forwarded-for": "203.0.113.8"}, "REMOTE_ADDR": "10.0.0.9"}
    assert client.post(SIGN_IN, {"login": dora.email, "password": PASSWORD}, **other).status_code == 302


def test_unknown_people_are_locked_out_the_same_way(client, db):
    assert fail(client, "nobody@example.org", 5).status_code == 429


def test_a_hostile_address_is_just_a_wrong_one(client, db):
    for text in ("\0@example.org", "a" * 5000 + "@example.org", "‮evil@example.org"):
        assert sign_in(client, text, "x").status_code == 200


def test_nobody_signs_up(client, db):
    answer = client.get("/accounts/signup/")
    assert "account/signup_closed.html" in [template.name for template in answer.templates]
    client.post("/accounts/signup/", {"email": "x@example.org", "password1": PASSWORD, "password2": PASSWORD})
    assert not User.objects.filter(email="x@example.org").exists()


def test_nobody_changes_the_own_sign_in_address(client, dora):
    client.force_login(dora, backend="allauth.account.auth_backends.AuthenticationBackend")
    for send in (client.get, client.post):
        answer = send("/accounts/email/", {"action_add": "", "email": "new@example.org"})
        assert answer.url == reverse("accounts:person_profile")
    assert not dora.emailaddress_set.filter(email="new@example.org").exists()


def test_two_step_sign_in_asks_for_a_code_after_the_password(client, dora):
    turn_on_two_steps(client, dora)
    asked = sign_in(client, dora.email, PASSWORD)
    assert asked.url.startswith("/accounts/2fa/authenticate/")
    assert not is_in(client)
    assert client.post(asked.url, {"code": "000000"}).status_code == 200
    assert not is_in(client)
    client.post(asked.url, {"code": a_recovery_code(dora)})
    assert is_in(client)


def test_a_recovery_code_works_once(client, dora):
    turn_on_two_steps(client, dora)
    code = a_recovery_code(dora)
    client.post(sign_in(client, dora.email, PASSWORD).url, {"code": code})
    assert is_in(client)
    other = Client()
    other.post(sign_in(other, dora.email, PASSWORD).url, {"code": code})
    assert not is_in(other)


def test_codes_cannot_be_guessed_for_long(client, dora):
    turn_on_two_steps(client, dora)
    asked = sign_in(client, dora.email, PASSWORD)
    for _guess in range(6):
        client.post(asked.url, {"code": "000000"})
    client.post(asked.url, {"code": a_recovery_code(dora)})
    assert not is_in(client)


def test_the_password_is_asked_again_before_two_step_sign_in_is_changed(client, dora):
    sign_in(client, dora.email, PASSWORD)
    asked = client.get("/accounts/2fa/totp/activate/")
    assert "/reauthenticate/" in asked.url
    assert client.post(asked.url, {"password": "wrong"}).status_code == 200
    assert client.post(asked.url, {"password": PASSWORD}).url == "/accounts/2fa/totp/activate/"


def test_the_link_of_an_admin_lets_a_new_person_set_a_password_once(client, adam, now):
    person = actions.add_person(email="New@Example.org", short="nina", name="Nina", by=adam, now=now)
    link = actions.password_link(person=person, by=adam, now=now)
    page = client.get(link, follow=True)
    new = {"password1": "a long fresh password", "password2": "a long fresh password"}
    assert client.post(page.redirect_chain[-1][0], new).status_code == 302
    assert sign_in(Client(), "new@example.org", "a long fresh password").status_code == 302
    again = Client().get(link, follow=True)
    assert "password1" not in again.content.decode()


def test_a_forgotten_password_is_set_by_e_mail(client, dora):
    client.post("/accounts/password/reset/", {"email": dora.email})
    assert len(mail.outbox) == 1
    assert mail.outbox[0].to == [dora.email]


def test_shutting_somebody_out_ends_their_session(client, adam, dora, now):
    client.force_login(dora)
    page = reverse("accounts:people_list")
    assert client.get(page).status_code == 200
    actions.set_active(person=dora, active=False, by=adam, now=now)
    assert client.get(page).status_code == 302
    stranger = Client()
    sign_in(stranger, dora.email, PASSWORD)
    assert not is_in(stranger)


def turn_on_two_steps(client, person):
    sign_in(client, person.email, PASSWORD)
    client.post("/accounts/reauthenticate/?next=/accounts/2fa/totp/activate/", {"password": PASSWORD})
    client.get("/accounts/2fa/totp/activate/")
    secret = client.session["mfa.totp.secret"]
    code = format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))
    assert client.post("/accounts/2fa/totp/activate/", {"code": code}).status_code == 302
    client.post("/accounts/logout/")
    assert not is_in(client)


def a_recovery_code(person):
    codes = person.authenticator_set.get(type=Authenticator.Type.RECOVERY_CODES).wrap()
    return codes.get_unused_codes()[0]
