"""Slices of work with what was earned in them, the ledger, recommendations, reviewers' quality, drift, and how
ready workflows are.
"""

from apps.trust.models.drifting import Baseline, DriftAlert, DriftLook, DriftStep
from apps.trust.models.ledger import LedgerEntry, TrustEvent
from apps.trust.models.quality import ReviewerQuality, Seed, SeedVoid
from apps.trust.models.readiness import ReadinessItem
from apps.trust.models.recommending import Recommendation, Signature
from apps.trust.models.reviewing import SliceReview
from apps.trust.models.slices import Criteria, Segment, Slice, Standing

__all__ = [
    "Baseline",
    "Criteria",
    "DriftAlert",
    "DriftLook",
    "DriftStep",
    "LedgerEntry",
    "ReadinessItem",
    "Recommendation",
    "ReviewerQuality",
    "Seed",
    "SeedVoid",
    "Segment",
    "Signature",
    "Slice",
    "SliceReview",
    "Standing",
    "TrustEvent",
]
