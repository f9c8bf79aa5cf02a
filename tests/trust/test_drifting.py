"""Drift: a frozen baseline, alerts with an owner and a path, and no threshold that moves."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.policies import NotAllowed
from apps.audit.models import Event
from apps.delivery.models import Notification
from apps.proposals.watching import watch_drift
from apps.trust.drifting import Mix, Seen, judge_drift, watch
from apps.trust.models import Baseline, DriftAlert, DriftLook, DriftStep, Slice
from apps.trust.states import AlertStatus, Drift
from tests import factories
from tests.trust import earning


def _seen(number: int, **changes: Any) -> list[Seen]:
    values: dict[str, Any] = {
        "confidence": 0.95,
        "subject": "order",
        "categories": (("reason", "a"),),
        "amount": 20.0,
        "overridden": False,
    }
    return [Seen(**values | changes) for _one in range(number)]


def test_the_baseline_is_frozen_once(house: factories.House) -> None:
    row = earning.a_slice(house)
    earning.reviewed(house, row, 1)
    standing = earning.standing(row)
    assert watch(standing=standing, first=_seen(199), newest=[], now=house.now) == []
    assert not Baseline.objects.exists()
    watch(standing=standing, first=_seen(200), newest=[], now=house.now)
    watch(standing=standing, first=_seen(200, amount=9000.0), newest=[], now=house.now)
    assert Baseline.objects.get().bins["amounts"] == {"2": 200}


def test_what_differs_alerts_its_owner_once_and_moves_nothing(house: factories.House) -> None:
    row = earning.supervised(house)
    standing = earning.standing(row)
    watch(standing=standing, first=_seen(200), newest=[], now=house.now)
    changed = _seen(100, amount=5000.0, confidence=0.75, overridden=True) + _seen(100)
    alerts = watch(standing=standing, first=[], newest=changed, now=house.now)
    assert {alert.kind for alert in alerts} == {Drift.AMOUNTS, Drift.CONFIDENCE, Drift.OVERRIDES}
    assert watch(standing=standing, first=[], newest=changed, now=house.now) == []
    assert Notification.objects.filter(kind="drift", person=house.tina).count() == 3
    assert earning.standing(row).earned == standing.earned


def test_the_same_work_alerts_nobody(house: factories.House) -> None:
    row = earning.supervised(house)
    standing = earning.standing(row)
    watch(standing=standing, first=_seen(200), newest=[], now=house.now)
    watch(standing=standing, first=[], newest=_seen(200), now=house.now)
    assert not DriftAlert.objects.exists()


def _alert(house: factories.House, kind: Drift = Drift.AMOUNTS) -> DriftAlert:
    """An alert of a supervised slice, by the real watch."""
    standing = earning.standing(earning.supervised(house))
    watch(standing=standing, first=_seen(200), newest=[], now=house.now)
    watch(standing=standing, first=[], newest=_seen(200, amount=5000.0), now=house.now)
    return DriftAlert.objects.get(kind=kind)


def _judge(alert: DriftAlert, status: AlertStatus, by: Any, note: str = "seen", **more: Any) -> DriftAlert:
    return judge_drift(alert_id=alert.pk, status=status, by=by, note=note, now=alert.opened_at, **more)


def test_an_alert_goes_from_alert_to_validated_to_acted_and_each_step_is_kept(house: factories.House) -> None:
    alert = _alert(house)
    before = earning.standing(alert.slice).earned
    _judge(alert, AlertStatus.REAL, house.tina, "a sale began", owner=house.petra)
    assert DriftAlert.objects.get().owner == house.petra
    assert Notification.objects.filter(kind="drift", person=house.petra).count() == 1
    with pytest.raises(NotAllowed, match="Only the owner of this alert"):
        _judge(alert, AlertStatus.DONE, house.tina)
    _judge(alert, AlertStatus.DONE, house.petra, "the prompt names the sale now")
    steps = list(DriftStep.objects.order_by("pk").values_list("status", "by_name", "owner_name", "note"))
    assert steps == [
        ("real", "Tina", "Petra", "a sale began"),
        ("done", "Petra", "Petra", "the prompt names the sale now"),
    ]
    assert Event.objects.filter(verb="slice.drift_answered").count() == 2
    assert earning.standing(alert.slice).earned == before
    assert Slice.objects.get().threshold == 0.7


def test_nobody_acts_on_what_nobody_has_looked_at_and_what_ended_stays_ended(house: factories.House) -> None:
    alert = _alert(house)
    with pytest.raises(NotAllowed, match="First somebody looks"):
        _judge(alert, AlertStatus.DONE, house.tina)
    with pytest.raises(NotAllowed, match="Say what you found"):
        _judge(alert, AlertStatus.REAL, house.tina, " ")
    with pytest.raises(NotAllowed, match="named people"):
        _judge(alert, AlertStatus.REAL, house.tina, owner=house.charlie)
    _judge(alert, AlertStatus.HARMLESS, house.tina)
    with pytest.raises(NotAllowed, match="stays answered"):
        _judge(alert, AlertStatus.REAL, house.tina)


def test_what_was_answered_is_not_asked_again_until_it_changes_again(house: factories.House) -> None:
    alert = _alert(house)
    _judge(alert, AlertStatus.HARMLESS, house.tina)
    standing = earning.standing(alert.slice)
    assert watch(standing=standing, first=[], newest=_seen(200, amount=5000.0), now=house.now) == []
    (again,) = watch(standing=standing, first=[], newest=_seen(200, amount=70.0), now=house.now)
    assert again.kind == Drift.AMOUNTS


def test_another_mix_of_actions_is_seen(house: factories.House) -> None:
    standing = earning.standing(earning.supervised(house))
    before, now = Mix({"Cancel": 150, "Refund": 50}, {}), Mix({}, {"Cancel": 60, "Refund": 140})
    watch(standing=standing, first=_seen(200), newest=[], now=house.now, mix=before)
    (alert,) = watch(standing=standing, first=[], newest=_seen(200), now=house.now, mix=now)
    assert (alert.kind, alert.figures["now"]) == (Drift.ACTIONS, {"Cancel": 60, "Refund": 140})


def test_the_watch_reads_real_proposals_and_keeps_how_they_look_now(
    house: factories.House, monkeypatch: Any
) -> None:
    monkeypatch.setattr("apps.trust.drifting.BASELINE", 3)
    for _one in range(3):
        factories.decided(
            factories.claimed(factories.pending(house), house.alice, house.now), house.alice, house.now
        )
    action = {"name": "delete_record", "args": {"order_id": "#W9", "reason": "ordered by mistake"}}
    factories.pending(house, action=action)
    earning.reviewed(house, earning.a_slice(house), 1)
    watch_drift(now=house.now)
    assert Baseline.objects.get().bins["actions"] == {"Cancel an order": 3, "Delete a record": 1}
    assert not DriftLook.objects.exists()
    factories.pending(house, confidence=0.31)
    watch_drift(now=house.now)
    look = DriftLook.objects.get()
    assert (look.proposals, look.bins["confidence"]) == (4, {"8": 3, "3": 1})
    watch_drift(now=house.now)
    assert DriftLook.objects.count() == 1


def _page(person: Any, path: str) -> str:
    client = Client()
    client.force_login(person)
    return " ".join(client.get(path).text.split())


def test_the_page_shows_baseline_beside_now_in_words_and_numbers(house: factories.House) -> None:
    alert = _alert(house)
    standing = earning.standing(alert.slice)
    watch(
        standing=standing,
        first=[],
        newest=_seen(100, overridden=True) + _seen(100, amount=5000.0),
        now=house.now,
    )
    page = _page(house.olga, f"/slices/{alert.slice_id}/drift/")
    assert "above 10, up to 50: 100 %, now 50 %" in page
    assert "above 1,000, up to 10,000: 0 %, now 50 %" in page
    assert "0.0 % at first, 50.0 % now: a change of 50.0 points, likely between" in page
    assert "Tina looks whether it is real" in page
    assert "Only the owner of this alert or an admin may answer it." in page
    assert "Tina looks after it." in _page(house.olga, f"/slices/{alert.slice_id}/")
    assert "Amounts" in _page(house.olga, "/slices/drift/")
    assert "No alert is open" in _page(house.charlie, "/slices/drift/")


def test_the_owner_answers_on_the_page_and_reads_what_is_missing(house: factories.House) -> None:
    alert = _alert(house)
    client = Client()
    client.force_login(house.tina)
    url = f"/slices/drift/{alert.pk}/answer/"
    assert client.post(url, {"status": "real", "note": ""}).status_code == 422
    assert client.post(url, {"status": "done", "note": "did it"}).status_code == 422
    assert not DriftStep.objects.exists()
    body = {"status": "real", "note": "a sale began", "owner": str(house.petra.pk)}
    answer = client.post(url, body, follow=True)
    assert "Kept with the alert. No threshold moved by it." in answer.text
    page = " ".join(answer.text.split())
    assert "Validated: real" in page
    assert "Petra acts; until then nobody can sign for a step up" in page
