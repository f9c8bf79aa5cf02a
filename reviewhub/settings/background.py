"""Celery, e-mail and cache. The broker may lose everything: the rows in the database are the truth."""

from datetime import timedelta

from reviewhub.embedded import places
from reviewhub.settings import environment as env
from reviewhub.settings.base import DATA_DIR

CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", places.broker_url(DATA_DIR))
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SERIALIZER = "json"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 30}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_TIMEZONE = "UTC"
# A sweep that waited longer than its own period is useless: the next one does the same work.
CELERY_BEAT_SCHEDULE = {
    "close undo windows": {
        "task": "apps.reviews.tasks.settle_due",
        "schedule": timedelta(seconds=2),
        "options": {"expires": 10},
    },
    "return lost claims": {
        "task": "apps.reviews.tasks.return_lost_claims",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "mark breached targets": {
        "task": "apps.sla.tasks.mark_breaches",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "expire proposals": {
        "task": "apps.intake.tasks.expire_due",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "deliver": {
        "task": "apps.delivery.tasks.deliver_due",
        "schedule": timedelta(seconds=2),
        "options": {"expires": 10},
    },
    "forget old idempotency keys": {
        "task": "apps.intake.tasks.forget_idempotency_keys",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
}

EMAIL_URL_HOST = env.text("REVIEWHUB_EMAIL_HOST")
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if EMAIL_URL_HOST
    else "django.core.mail.backends.filebased.EmailBackend"
)
EMAIL_FILE_PATH = DATA_DIR / "mail"
EMAIL_HOST = EMAIL_URL_HOST or "localhost"
EMAIL_PORT = env.number("REVIEWHUB_EMAIL_PORT", 25, low=1, high=65535)
EMAIL_HOST_USER = env.text("REVIEWHUB_EMAIL_USER")
EMAIL_HOST_PASSWORD = env.text("REVIEWHUB_EMAIL_PASSWORD")
EMAIL_USE_TLS = env.flag("REVIEWHUB_EMAIL_TLS", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("REVIEWHUB_EMAIL_FROM", "reviewhub@localhost")
