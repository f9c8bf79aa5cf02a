"""Addresses of the reviewers' pages."""

from django.urls import path

from apps.desk.views import decisions, home, live, proposals, queues, tasks

app_name = "desk"
urlpatterns = [
    path("", home.home, name="home"),
    path("live/desk/", live.live, name="live"),
    path("queues/", queues.queue_list, name="queue_list"),
    path("queues/<slug:slug>/", queues.queue_detail, name="queue_detail"),
    path("tasks/next/", tasks.task_claim_next, name="task_claim_next"),
    path("tasks/<uuid:task_id>/", tasks.task_detail, name="task_detail"),
    path("tasks/<uuid:task_id>/claim/", tasks.task_claim, name="task_claim"),
    path("tasks/<uuid:task_id>/renew/", tasks.task_renew, name="task_renew"),
    path("tasks/<uuid:task_id>/release/", tasks.task_release, name="task_release"),
    path("tasks/<uuid:task_id>/skip/", tasks.task_skip, name="task_skip"),
    path("tasks/<uuid:task_id>/decide/", decisions.task_decide, name="task_decide"),
    path("tasks/<uuid:task_id>/undo/", decisions.task_undo, name="task_undo"),
    path("proposals/", proposals.proposal_list, name="proposal_list"),
    path("proposals/<uuid:proposal_id>/", proposals.proposal_detail, name="proposal_detail"),
]
