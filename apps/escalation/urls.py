"""Addresses of the pages of escalation."""

from django.urls import path

from apps.escalation.views import chains, editing, records, runs

app_name = "escalation"
urlpatterns = [
    path("chains/", chains.chain_list, name="chain_list"),
    path("chains/add/", editing.chain_add, name="chain_add"),
    path("chains/<slug:slug>/", chains.chain_read, name="chain_read"),
    path("chains/<slug:slug>/edit/", editing.chain_edit, name="chain_edit"),
    path("chains/<slug:slug>/delete/", chains.chain_delete, name="chain_delete"),
    path("runs/", runs.run_list, name="run_list"),
    path("runs/<int:run_id>/", runs.run_read, name="run_read"),
    path("incidents/", records.incident_list, name="incident_list"),
    path("incidents/<int:incident_id>/close/", records.incident_close, name="incident_close"),
    path("audits/", records.audit_list, name="audit_list"),
]
