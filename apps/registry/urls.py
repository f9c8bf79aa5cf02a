"""Addresses of the pages of workflows, agents and keys."""

from django.urls import path

from apps.registry.views import agents, keys, versions, workflows

app_name = "registry"
urlpatterns = [
    path("workflows/", workflows.workflow_list, name="workflow_list"),
    path("workflows/<slug:slug>/", workflows.workflow_detail, name="workflow_detail"),
    path(
        "workflows/<slug:slug>/actions/<str:name>/", workflows.action_type_detail, name="action_type_detail"
    ),
    path("agents/", agents.agent_list, name="agent_list"),
    path("agents/<slug:slug>/", agents.agent_detail, name="agent_detail"),
    path("agents/<slug:slug>/suspend/", agents.agent_suspend, name="agent_suspend"),
    path("agents/<slug:slug>/resume/", agents.agent_resume, name="agent_resume"),
    path("agents/<slug:slug>/versions/<slug:fingerprint>/", versions.version_detail, name="version_detail"),
    path(
        "agents/<slug:slug>/versions/<slug:fingerprint>/validate/",
        versions.version_validate,
        name="version_validate",
    ),
    path(
        "agents/<slug:slug>/versions/<slug:fingerprint>/approve/",
        versions.version_approve,
        name="version_approve",
    ),
    path("agents/<slug:slug>/keys/issue/", keys.key_issue, name="key_issue"),
    path("agents/<slug:slug>/keys/<int:key_id>/rotate/", keys.key_rotate, name="key_rotate"),
    path("agents/<slug:slug>/keys/<int:key_id>/revoke/", keys.key_revoke, name="key_revoke"),
]
