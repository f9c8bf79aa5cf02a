"""Addresses of the policies, under /policies/."""

from django.urls import path

from apps.rulebook.views import drafts, policies, segments

app_name = "rulebook"
urlpatterns = [
    path("", policies.policy_list, name="policy_list"),
    path("segments/", segments.segment_list, name="segment_list"),
    path("segments/<int:action_type_id>/add/", segments.segment_add, name="segment_add"),
    path("segments/<int:action_type_id>/check/", segments.segment_check, name="segment_check"),
    path("segments/<int:segment_id>/", segments.segment_edit, name="segment_edit"),
    path("drafts/<int:draft_id>/", drafts.draft_read, name="draft_read"),
    path("drafts/<int:draft_id>/drop/", drafts.draft_drop, name="draft_drop"),
    path("drafts/<int:draft_id>/publish/", drafts.draft_publish, name="draft_publish"),
    path("drafts/<int:draft_id>/check/", drafts.condition_check, name="condition_check"),
    path("drafts/<int:draft_id>/cells/<slug:which>/<slug:how>/", drafts.cell_edit, name="cell_edit"),
    path("drafts/<int:draft_id>/rules/", drafts.rule_edit, name="rule_add"),
    path("drafts/<int:draft_id>/rules/<int:at>/", drafts.rule_edit, name="rule_edit"),
    path("drafts/<int:draft_id>/rules/<int:at>/move/", drafts.rule_move, name="rule_move"),
    path("<slug:scope>/", policies.policy_read, name="policy_read"),
    path("<slug:scope>/begin/", policies.policy_begin, name="policy_begin"),
    path("<slug:scope>/versions/<int:number>/", policies.version_read, name="version_read"),
]
