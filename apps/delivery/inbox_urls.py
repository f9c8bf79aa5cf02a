"""Addresses of a person's own notifications. Streams begin with /live/."""

from django.urls import path

from apps.delivery.views import inbox, preferences

app_name = "inbox"
urlpatterns = [
    path("live/notifications/", inbox.live, name="live"),
    path("notifications/", inbox.notification_list, name="notification_list"),
    path("notifications/bell/", inbox.bell, name="bell"),
    path("notifications/read/", inbox.notification_read_all, name="notification_read_all"),
    path("notifications/<uuid:notification_id>/read/", inbox.notification_read, name="notification_read"),
    path("notifications/preferences/", preferences.preferences, name="preferences"),
    path("notifications/preferences/chat/", preferences.chat_save, name="chat_save"),
    path("notifications/preferences/chat/switch/", preferences.chat_switch, name="chat_switch"),
    path("notifications/preferences/chat/test/", preferences.chat_test, name="chat_test"),
]
