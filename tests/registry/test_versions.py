"""Fingerprints, and versions registered once however many ask at once."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.audit.models import Event
from apps.registry import queries
from apps.registry.actions import UnknownVersion, version_of
from apps.registry.fingerprints import VersionFacts
from apps.registry.models import AgentVersion
from tests.factories import AgentFactory
from tests.together import at_once

GIVEN = {"label": "spring", "model": "m-1", "prompt_version": "p7", "policy_version": "", "tools": ["b", "a"]}


def test_the_fingerprint_is_the_digest_of_the_canonical_json():
    canonical = b'{"model":"m-1","policy_version":"","prompt_version":"p7","tools":["a","b"]}'
    assert VersionFacts.of(GIVEN).fingerprint == hashlib.sha256(canonical).hexdigest()


@given(st.permutations(["a", "b", "c", "c"]), st.text(max_size=10))
def test_order_of_tools_and_label_do_not_matter(tools, label):
    facts = VersionFacts.of(GIVEN | {"tools": tools, "label": label})
    assert facts.fingerprint == VersionFacts.of(GIVEN | {"tools": ["a", "b", "c"]}).fingerprint


@pytest.mark.parametrize("field", ["model", "prompt_version", "workflow_version", "policy_version"])
def test_every_other_fact_matters(field):
    assert VersionFacts.of(GIVEN | {field: "other"}).fingerprint != VersionFacts.of(GIVEN).fingerprint


def test_a_description_is_registered_once_and_told_once(agent, now):
    first = version_of(agent=agent, given=GIVEN, now=now)
    assert version_of(agent=agent, given=GIVEN | {"label": "other"}, now=now) == first
    assert (first.label, first.tools) == ("spring", ["a", "b"])
    assert Event.objects.filter(verb="agent_version.registered").count() == 1


def test_a_known_fingerprint_is_enough_and_an_unknown_one_an_error(agent, now):
    known = version_of(agent=agent, given=GIVEN, now=now)
    assert version_of(agent=agent, given=known.fingerprint, now=now) == known
    with pytest.raises(UnknownVersion):
        version_of(agent=agent, given="f" * 64, now=now)


def test_versions_belong_to_their_agent(agent, now):
    known = version_of(agent=agent, given=GIVEN, now=now)
    with pytest.raises(UnknownVersion):
        version_of(agent=AgentFactory(), given=known.fingerprint, now=now)


def test_a_catalogued_version_costs_no_query(agent, now, django_assert_num_queries):
    version_of(agent=agent, given=GIVEN, now=now)
    catalogue = queries.load_catalogue(AgentFactory())
    assert not catalogue.versions
    fresh = queries.load_catalogue(agent)
    with django_assert_num_queries(0):
        version_of(agent=agent, given=GIVEN, now=now, catalogue=fresh)


def test_a_rolled_back_version_is_not_remembered(agent, now, django_capture_on_commit_callbacks):
    catalogue = queries.load_catalogue(agent)
    with django_capture_on_commit_callbacks() as callbacks:
        version = version_of(agent=agent, given=GIVEN, now=now, catalogue=catalogue)
    assert not catalogue.versions
    for callback in callbacks:
        callback()
    assert catalogue.versions == {version.fingerprint: version}


@pytest.mark.django_db(transaction=True)
def test_twelve_at_once_register_one(live_house, now):
    agent = live_house.agent
    results = at_once([lambda: version_of(agent=agent, given=GIVEN, now=now) for _caller in range(12)])
    assert len({version.pk for version in results}) == 1
    assert AgentVersion.objects.filter(agent=agent).count() == 1
    assert Event.objects.filter(verb="agent_version.registered").count() == 1
