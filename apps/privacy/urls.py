"""Addresses under /privacy/."""

from django.urls import path

from apps.privacy import views

app_name = "privacy"
urlpatterns = [
    path("", views.erasure_list, name="erasure_list"),
    path("requests/<uuid:erasure_id>/", views.erasure_read, name="erasure_read"),
    path("requests/<uuid:erasure_id>/progress/", views.erasure_progress, name="erasure_progress"),
    path("requests/<uuid:erasure_id>/confirm/", views.erasure_confirm, name="erasure_confirm"),
    path("requests/<uuid:erasure_id>/decline/", views.erasure_decline, name="erasure_decline"),
    path("requests/<uuid:erasure_id>/retry/", views.erasure_retry, name="erasure_retry"),
    path("requests/<uuid:erasure_id>/certificate/", views.certificate_read, name="certificate_read"),
    path(
        "requests/<uuid:erasure_id>/certificate.json", views.certificate_download, name="certificate_download"
    ),
    path("retention/", views.retention_list, name="retention_list"),
    path("retention/<slug:slug>/", views.retention_edit, name="retention_edit"),
    path("retention/<slug:slug>/confirm/", views.retention_confirm, name="retention_confirm"),
    path("retention/<slug:slug>/decline/", views.retention_decline, name="retention_decline"),
]
