"""Proposals: what agents propose, what was answered, what came of it."""

from django.apps import AppConfig


class ProposalsConfig(AppConfig):
    name = "apps.proposals"
    verbose_name = "Proposals"

    def ready(self) -> None:
        """Tell trust how to ask for reviews that are still open. Models can be imported from here on only."""
        from apps.proposals.examining import pending_looks, pending_reviews
        from apps.trust.pending import answer_with

        answer_with(reviews=pending_reviews, looks=pending_looks)
