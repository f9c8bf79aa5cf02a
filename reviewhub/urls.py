"""Every door, by its first path segment."""

from django.urls import include, path
from django.views.generic import RedirectView

from reviewhub import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("metrics", health.metrics, name="metrics"),
    path("", include("apps.desk.urls")),
    # The address a person signs in with is changed by an admin: allauth's page for it is closed.
    path(
        "accounts/email/", RedirectView.as_view(pattern_name="accounts:person_profile"), name="account_email"
    ),
    path("accounts/", include("allauth.urls")),
    path("people/", include("apps.accounts.urls")),
    path("registry/", include("apps.registry.urls")),
    path("registry/", include("apps.rulebook.permission_urls")),
    path("outcomes/", include("apps.outcomes.urls")),
    path("outcomes/", include("apps.evaluation.urls")),
    path("outcomes/", include("apps.quality.urls")),
    path("policies/", include("apps.rulebook.urls")),
    path("costs/", include("apps.costs.urls")),
    path("policies/", include("apps.rulebook.back_test_urls")),
    path("assurance/", include("apps.assurance.urls")),
    path("slices/", include("apps.trust.urls")),
    path("halts/", include("apps.halts.urls")),
    path("privacy/", include("apps.privacy.urls")),
    path("sla/", include("apps.sla.urls")),
    path("escalation/", include("apps.escalation.urls")),
    path("deliveries/", include("apps.delivery.urls")),
    path("", include("apps.delivery.inbox_urls")),
    path("audit/", include("apps.audit.urls")),
    path("", include("apps.api.urls")),
]

handler400 = "apps.desk.views.failures.bad_request"
handler403 = "apps.desk.views.failures.permission_denied"
