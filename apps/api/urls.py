"""The addresses of the agents' door. Anything unknown below `/api/v1/` is a problem, not a page."""

from django.urls import URLPattern, include, path, re_path

from apps.api import views
from apps.api.door import api

app_name = "api"

# Without the page ninja would have at the root.
_endpoints = [
    views.open_to_agents(pattern)
    for pattern in api.urls[0]
    if isinstance(pattern, URLPattern) and pattern.name != "api-root"
]

urlpatterns = [
    path("api/v1/docs", views.docs, name="docs"),
    path("api/v1/openapi.json", views.openapi, name="openapi"),
    path("api/v1/", include(_endpoints)),
    re_path(r"^api/", views.unknown, name="unknown"),
    path(".well-known/jwks.json", views.key_set, name="key_set"),
]
