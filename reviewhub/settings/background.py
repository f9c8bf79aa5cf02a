"""Celery, e-mail and cache. The broker may lose everything: the rows in the database are the truth."""

from datetime import timedelta

from reviewhub.embedded import places
from reviewhub.settings import environment as env
from reviewhub.settings.base import DATA_DIR
from reviewhub.settings.product import REVIEWHUB_AUDIT_SECONDS

CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", places.broker_url(DATA_DIR))
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SERIALIZER = "json"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 30}
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# Over AMQP only a second try opens a connection anew: without one, a beat whose broker was away would stay silent for
# ever. Hints from pages are never tried twice (see `delivery.waking`).
CELERY_TASK_PUBLISH_RETRY = True
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
}
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_TIMEZONE = "UTC"
# A sweep that waited longer than its own period is useless: the next one does the same work.
CELERY_BEAT_SCHEDULE = {
    "import event logs": {
        "task": "apps.outcomes.tasks.import_logs",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "run back-tests": {
        "task": "apps.rulebook.tasks.run_back_tests",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "count what was decided": {
        "task": "apps.costs.tasks.count_decided",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "remind owners of KPIs": {
        "task": "apps.outcomes.tasks.remind_owners",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "tell the live logs what happened": {
        "task": "apps.outcomes.tasks.tell_own_events",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30},
    },
    "seal the audit log": {
        "task": "apps.audit.tasks.seal_events",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30},
    },
    "count the quality of the work": {
        "task": "apps.quality.tasks.count_events",
        "schedule": timedelta(seconds=60),
        "options": {"expires": 60},
    },
    "count beside people": {
        "task": "apps.evaluation.tasks.count_again",
        "schedule": timedelta(seconds=30),
        "options": {"expires": 30},
    },
    "look at targets of quality": {
        "task": "apps.quality.tasks.look_at_targets",
        "schedule": timedelta(seconds=120),
        "options": {"expires": 120},
    },
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
    "give tasks to people": {
        "task": "apps.reviews.tasks.assign_due",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "measure how long claims last": {
        "task": "apps.reviews.tasks.measure_leases",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "return unanswered questions": {
        "task": "apps.reviews.tasks.return_unanswered",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "mark breached targets": {
        "task": "apps.sla.tasks.mark_breaches",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "take escalation steps": {
        "task": "apps.escalation.tasks.run_due",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "warn before targets": {
        "task": "apps.escalation.tasks.warn_due",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "audit open tasks": {
        "task": "apps.escalation.tasks.audit",
        "schedule": timedelta(seconds=REVIEWHUB_AUDIT_SECONDS),
        "options": {"expires": REVIEWHUB_AUDIT_SECONDS},
    },
    "close veto windows": {
        "task": "apps.intake.tasks.close_windows",
        "schedule": timedelta(seconds=5),
        "options": {"expires": 10},
    },
    "open examinations": {
        "task": "apps.intake.tasks.open_examinations",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "show known cases again": {
        "task": "apps.reviews.tasks.order_replays",
        "schedule": timedelta(minutes=2),
        "options": {"expires": 120},
    },
    "draw second reviews": {
        "task": "apps.reviews.tasks.order_second_reviews",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "recommend what was earned": {
        "task": "apps.trust.tasks.reconsider_ripe",
        "schedule": timedelta(minutes=1),
        "options": {"expires": 60},
    },
    "take thin evidence back": {
        "task": "apps.trust.tasks.take_back_thin",
        "schedule": timedelta(hours=6),
        "options": {"expires": 3600},
    },
    "ask to look again at halts": {
        "task": "apps.halts.tasks.remind_overdue",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "remind of what has to be ready": {
        "task": "apps.assurance.tasks.remind_of_items",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "tell of overdue reviews": {
        "task": "apps.assurance.tasks.tell_of_overdue",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "ask to review permissions": {
        "task": "apps.registry.tasks.remind_reviewers",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "erase what was asked for": {
        "task": "apps.privacy.tasks.run_erasures",
        "schedule": timedelta(seconds=15),
        "options": {"expires": 15},
    },
    "erase what is too old": {
        "task": "apps.privacy.tasks.erase_old",
        "schedule": timedelta(hours=6),
        "options": {"expires": 3600},
    },
    "watch for drift": {
        "task": "apps.proposals.tasks.watch_drift",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
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
    "forget old messages": {
        "task": "apps.delivery.tasks.forget_messages",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
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
