"""Targets and alerts: set by an admin, opened once, told to the owner, ended when back."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from apps.accounts.policies import NotAllowed
from apps.audit.models import Event
from apps.audit.sentences import sentence
from apps.delivery.models import Notification
from apps.quality.alerting import acknowledge, look_at_targets
from apps.quality.config import Targets
from apps.quality.models import Alert, CountedDay, Target
from apps.quality.target_setup import TargetError, Wanted, set_target
from reviewhub.configuration import import_configuration
from reviewhub.configuration.problems import WrongConfiguration
from tests import factories
from tests.factories import House
from tests.quality.test_pages import browser, flat, spread
from tests.together import at_once

MINUTES = timedelta(minutes=11)


@pytest.fixture
def house(db: None) -> House:
    """At work today: figures look back from now."""
    return factories.build_house(factories.today())


def want(house: House, figure: str = "acceptance", **changes: Any) -> Target:
    """An alert below 80 percent, for Petra."""
    given = {"target": Decimal(90), "alert_at": Decimal(80)} | changes
    owner = given.pop("owner", house.petra)
    return set_target(
        workflow=house.workflow, wanted=Wanted(figure, **given), owner=owner, by=house.adam, now=house.now
    )


def looked(house: House, times: int) -> Alert | None:
    """The newest alert after the so-many-th look."""
    look_at_targets(now=house.now + times * MINUTES)
    return Alert.objects.order_by("-pk").first()


def test_an_alert_opens_once_is_told_and_ends_when_it_is_back(house: House) -> None:
    want(house)
    spread(house.workflow, "accepted", 20)
    assert looked(house, 1) is None, "fewer than thirty say nothing"
    spread(house.workflow, "rejected", 20)
    alert = looked(house, 2)
    assert alert is not None
    assert (alert.value, alert.hits, alert.cases, alert.owner) == (50, 20, 40, house.petra)
    looked(house, 3)
    told = Notification.objects.get(kind="quality")
    assert (told.person, told.link) == (house.petra, "/outcomes/orders/scorecard/")
    assert "50.0 %" in told.text
    CountedDay.objects.filter(came="accepted").update(n=400)
    alert = looked(house, 4)
    assert alert is not None
    assert alert.ended_at
    assert alert.back_at == pytest.approx(95.2, abs=0.1)
    CountedDay.objects.filter(came="accepted").update(n=20)
    looked(house, 5)
    assert Alert.objects.count() == 2
    verbs = Event.objects.filter(verb__startswith="quality.").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == [
        "quality.target_set",
        *("quality.alert_opened", "quality.alert_ended", "quality.alert_opened"),
    ]


def test_what_is_acknowledged_waits_for_nobody_and_does_not_open_again(house: House) -> None:
    want(house)
    spread(house.workflow, "rejected", 40)
    alert = looked(house, 1)
    assert alert is not None
    with pytest.raises(NotAllowed, match="Petra"):
        acknowledge(alert_id=alert.pk, by=house.olga, note="x", now=house.now)
    page = browser(house.olga).get("/outcomes/orders/scorecard/")
    assert "Beyond their limits" in page.text
    assert "Keep this with the alert" not in page.text
    petra = browser(house.petra)
    url = f"/outcomes/alert/{alert.pk}/acknowledge/"
    assert petra.get(url).status_code == 405
    assert browser(house.charlie).post(url, {"note": "x"}).status_code == 403
    assert "Say what is done" in petra.post(url, {"note": " "}, follow=True).text
    page = petra.post(url, {"note": "The prompt is put right."}, follow=True)
    assert "The prompt is put right." in page.text
    with pytest.raises(NotAllowed, match="before"):
        acknowledge(alert_id=alert.pk, by=house.adam, note="x", now=house.now)
    looked(house, 2)
    assert Alert.objects.count() == 1
    event = Event.objects.get(verb="quality.alert_acknowledged")
    assert sentence(event) == "Petra answered the alert on Acceptance rate · Orders: The prompt is put right."


def test_another_owner_is_told_and_without_a_limit_it_ends(house: House) -> None:
    want(house)
    spread(house.workflow, "rejected", 40)
    looked(house, 1)
    want(house, owner=house.olga)
    told = Notification.objects.filter(kind="quality").order_by("pk")
    assert [one.person for one in told] == [house.petra, house.olga]
    want(house, owner=house.olga, alert_at=None)
    assert Alert.objects.get().ended_at
    assert looked(house, 2) == Alert.objects.get()


@pytest.mark.parametrize(
    ("figure", "target", "alert_at"),
    [
        ("nothing", 1, None),
        ("acceptance", 101, None),
        ("acceptance", None, -1),
        ("acceptance", 80, 90),
        ("failures", 5, 4),
        ("waiting", -1, None),
    ],
)
def test_what_cannot_be_wanted(figure: str, target: int | None, alert_at: int | None) -> None:
    given = [None if value is None else Decimal(value) for value in (target, alert_at)]
    with pytest.raises(TargetError):
        Wanted(figure, *given)


def test_only_an_admin_sets_targets_for_somebody_who_can_answer(house: House) -> None:
    wanted = Wanted("failures", Decimal(2), Decimal(5))
    with pytest.raises(NotAllowed):
        set_target(workflow=house.workflow, wanted=wanted, owner=house.petra, by=house.olga, now=house.now)
    with pytest.raises(TargetError, match="may not read"):
        set_target(workflow=house.workflow, wanted=wanted, owner=house.charlie, by=house.adam, now=house.now)
    house.petra.is_active = False
    house.petra.save()
    with pytest.raises(TargetError, match="sign in"):
        set_target(workflow=house.workflow, wanted=wanted, owner=house.petra, by=house.adam, now=house.now)


def test_targets_are_set_on_one_page_all_or_none(house: House) -> None:
    adam, url = browser(house.adam), "/outcomes/orders/targets/"
    assert browser(house.olga).get(url).status_code == 403
    page = adam.get(url)
    assert page.status_code == 200
    form = page.context["forms"][0]
    body = {f"{one.prefix}-owner": house.petra.pk for one in page.context["forms"]}
    wrong = adam.post(url, body | {"acceptance-target": "90", "failures-alert_at": "500"})
    assert (wrong.status_code, "0 to 100 percent" in wrong.text) == (422, True)
    wrong = adam.post(url, body | {"acceptance-target": "90", "acceptance-owner": house.charlie.pk})
    assert (wrong.status_code, "may not read this workflow" in wrong.text) == (422, True)
    assert not Target.objects.exists()
    page = adam.post(url, body | {"acceptance-target": "90", "acceptance-alert_at": "80.5"}, follow=True)
    assert "alert from 80.5 %" in flat(page)
    assert Target.objects.get().owner == house.petra
    assert form.prefix == "acceptance"
    again = adam.get(url).context["forms"][0]
    assert (again.initial["target"], again.initial["alert_at"]) == ("90", "80.5")
    assert Event.objects.filter(verb="quality.target_set").count() == 1
    page = flat(adam.get("/outcomes/orders/scorecard.csv"))
    assert ",90.0,80.5,Petra,," in page


def test_targets_are_configuration(house: House) -> None:
    want(house, target=None)
    assert Targets.current() == [
        {"figure": "orders/acceptance", "target": None, "alert_at": 80, "owner": "petra"}
    ]
    text = "quality_targets:\n- {figure: orders/failures, target: 1.5, owner: tina}\n"
    assert len(import_configuration(text, by=house.adam, now=house.now)) == 1
    assert import_configuration(text, by=house.adam, now=house.now) == []
    assert Target.objects.get(figure="failures").target == Decimal("1.5")
    for wrong, said in (
        ("{figure: orders/none, target: 1, owner: tina}", "no figure none"),
        ("{figure: orders/failures, target: 1, owner: nobody}", "nobody"),
        ("{figure: orders/failures, target: 1, owner: charlie}", "may not read"),
        ("{figure: orders/failures, target: 5, alert_at: 2, owner: tina}", "worse side"),
    ):
        with pytest.raises(WrongConfiguration) as refused:
            import_configuration(f"quality_targets:\n- {wrong}\n", by=house.adam, now=house.now)
        assert said in str(refused.value), wrong


def test_two_who_look_at_once_open_one_alert(transactional_db: None) -> None:
    house = factories.build_house(factories.today())
    want(house)
    spread(house.workflow, "rejected", 40)
    results = at_once([lambda: look_at_targets(now=house.now + MINUTES)] * 4)
    assert sum(one for one in results if isinstance(one, int)) == 1
    assert Alert.objects.count() == 1
    assert Notification.objects.filter(kind="quality").count() == 1
