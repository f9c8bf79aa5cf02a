"""Every door, by its first path segment."""

from django.urls import include, path

from reviewhub import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("metrics", health.metrics, name="metrics"),
    path("", include("apps.desk.urls")),
    path("accounts/", include("allauth.urls")),
    path("people/", include("apps.accounts.urls")),
    path("registry/", include("apps.registry.urls")),
    path("slices/", include("apps.trust.urls")),
    path("sla/", include("apps.sla.urls")),
    path("deliveries/", include("apps.delivery.urls")),
    path("audit/", include("apps.audit.urls")),
    path("", include("apps.api.urls")),
]

handler403 = "apps.desk.views.failures.permission_denied"
