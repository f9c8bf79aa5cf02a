"""Addresses of what agents may propose, under /registry/."""

from django.urls import path

from apps.rulebook.views import permissions

app_name = "permissions"
urlpatterns = [
    path("permissions/", permissions.permission_list, name="permission_list"),
    path("agents/<slug:slug>/permissions/", permissions.agent_permissions, name="agent_permissions"),
    path(
        "agents/<slug:slug>/permissions/<slug:workflow>/add/",
        permissions.permission_add,
        name="permission_add",
    ),
    path(
        "agents/<slug:slug>/permissions/<slug:workflow>/check/",
        permissions.permission_check,
        name="permission_check",
    ),
    path(
        "agents/<slug:slug>/permissions/<slug:workflow>/<int:place>/",
        permissions.permission_edit,
        name="permission_edit",
    ),
    path(
        "agents/<slug:slug>/permissions/<slug:workflow>/<int:place>/withdraw/",
        permissions.permission_withdraw,
        name="permission_withdraw",
    ),
    path(
        "agents/<slug:slug>/permissions/<slug:workflow>/review/",
        permissions.permission_review,
        name="permission_review",
    ),
    path(
        "agents/<slug:slug>/permissions/<slug:workflow>/cadence/",
        permissions.permission_cadence,
        name="permission_cadence",
    ),
]
