"""The ids of a copy: of the form of the original's, the same wherever they stand, and no way back."""

import json
from datetime import timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from apps.intake import examining
from apps.proposals.disguising import Disguise, disguised
from apps.proposals.examining import order
from apps.proposals.models import Alternative, Evidence, Examination, Proposal
from apps.proposals.states import Purpose
from tests import factories

RUN = {
    "id": "run-4f81ac20",
    "trace_id": "9c0e1f77ab3d4f60",
    "trace_url": "https://traces.example/t/9c0e1f77ab3d4f60",
    "step": 7,
    "tool_calls": [{"name": "find_order", "ok": True, "ms": 12}],
}
SUBJECT = "#W900123"


def _told(proposal: Proposal) -> str:
    """Everything stored of a proposal that a person or a page may show, as text."""
    fields = [getattr(proposal, field.attname) for field in proposal._meta.concrete_fields]
    rows = [list(model.objects.filter(proposal=proposal).values()) for model in (Evidence, Alternative)]
    return json.dumps([fields, rows], default=str)


def test_nothing_in_a_copy_names_the_original_its_run_or_what_it_superseded(house: factories.House) -> None:
    subject = {"kind": "order", "id": SUBJECT}
    earlier = factories.pending(house, external_id="call-earlier-77120", subject=subject)
    external_id = "call-5d22e19b"
    named = f"{external_id} of {RUN['id']} (trace {RUN['trace_id']}), after {earlier.external_id}"
    original = factories.pending(
        house,
        external_id=external_id,
        subject=subject,
        supersedes=earlier.external_id,
        run=RUN,
        state=json.dumps({"session": RUN["id"]}),
        summary=f"Cancel {SUBJECT}",
        rationale=f"See {named}.",
        evidence=[
            {
                "id": "e1",
                "kind": "record",
                "claim": f"it is pending ({RUN['id']})",
                "content": named,
                "uri": f"https://logs.example/{RUN['id']}/3",
            }
        ],
        alternatives=[
            {"rank": 1, "summary": f"Wait for {RUN['id']}", "risks": [{"code": "late", "detail": named}]}
        ],
    )
    order(original=original, purpose=Purpose.SECOND_LOOK, excluded=[], now=house.now)
    examining.open_ordered(now=house.now + timedelta(hours=1))
    copy = Examination.objects.get().copy
    assert copy is not None
    told = _told(copy)
    ids = (original.pk, external_id, RUN["id"], RUN["trace_id"], earlier.pk, earlier.external_id)
    for one in map(str, ids):
        assert one in _told(original), one
        assert one not in told, one
    # One id is one id wherever it stands, and what it is about stays.
    evidence = Evidence.objects.get(proposal=copy)
    assert copy.run["id"] in evidence.claim
    assert copy.run["trace_id"] in copy.run["trace_url"]
    assert copy.external_id in copy.rationale
    assert (copy.run["step"], copy.run["tool_calls"]) == (RUN["step"], RUN["tool_calls"])
    assert (copy.summary, copy.subject_id, copy.args) == (
        original.summary,
        original.subject_id,
        original.args,
    )


def test_without_the_secret_nobody_can_work_out_the_ids_of_a_copy() -> None:
    one, copy = "call-5d22e19b", UUID(int=7)
    assert Disguise(copy, [], {}, secret=b"a").id(one) != Disguise(copy, [], {}, secret=b"b").id(one)


def test_an_id_that_is_the_subject_is_not_replaced_in_words() -> None:
    made = Disguise(UUID(int=7), ["#W900123"], {"order": "#W900123"}, secret=b"a")
    assert made.text("Cancel #W900123") == "Cancel #W900123"


@given(st.text(min_size=3, max_size=20), st.text(max_size=10), st.binary(min_size=1, max_size=8))
def test_what_is_an_argument_stays_within_an_id(value: str, other: str, key: bytes) -> None:
    # A hidden value in an id is hidden by finding it there.
    assert value in disguised(f"{value}{other}", key, keep=[value])
    assert len(disguised(f"{value}{other}", key, keep=[value])) == len(f"{value}{other}")
