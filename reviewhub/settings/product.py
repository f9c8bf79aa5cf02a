"""Settings of ReviewHub itself, and of the libraries its pages and doors use."""

from reviewhub.settings import environment as env

# Seconds in which a reviewer may take a decision back; grant and webhook leave when they are over.
REVIEWHUB_UNDO_SECONDS = env.number("REVIEWHUB_UNDO_SECONDS", 10, low=0, high=300)
# Minutes an agent has to redeem a grant.
REVIEWHUB_GRANT_MINUTES = env.number("REVIEWHUB_GRANT_MINUTES", 30, low=1, high=1440)
# At most this many tasks claimed by one person at a time.
REVIEWHUB_CLAIMS_PER_PERSON = env.number("REVIEWHUB_CLAIMS_PER_PERSON", 3, low=1, high=20)
# Known cases shown again, as a share of reviews in percent; see `apps/reviews/seeding.py`.
REVIEWHUB_GOLD_PERCENT = env.number("REVIEWHUB_GOLD_PERCENT", 2, low=0, high=20)
# Bearer token for /metrics; unset closes the page.
REVIEWHUB_METRICS_TOKEN = env.text("REVIEWHUB_METRICS_TOKEN")
# Days a message is kept after it was sent or read; what was not sent, given up or not read stays.
REVIEWHUB_KEEP_MESSAGES_DAYS = env.number("REVIEWHUB_KEEP_MESSAGES_DAYS", 90, low=1, high=3650)
# Hosts and networks webhooks may reach although they are private, e.g. 10.1.2.3 or hooks.internal.
REVIEWHUB_WEBHOOK_ALLOW = env.words("REVIEWHUB_WEBHOOK_ALLOW", [])
# Seconds between two looks of the auditor over all open tasks; three without a clean one turn pages red.
REVIEWHUB_AUDIT_SECONDS = env.number("REVIEWHUB_AUDIT_SECONDS", 60, low=15, high=600)
# Called after each look that found nothing broken: the address of a dead man's switch outside.
REVIEWHUB_AUDIT_PING_URL = env.text("REVIEWHUB_AUDIT_PING_URL")
# A file on a place that only takes additions: the head of each seal of the audit log becomes a line of it.
REVIEWHUB_SEAL_FILE = env.text("REVIEWHUB_SEAL_FILE")
# Public keys of seals made under secret keys that are no longer given.
REVIEWHUB_SEAL_KEYS = env.hex_words("REVIEWHUB_SEAL_KEYS", digits=64)

DJANGO_STRUCTLOG_CELERY_ENABLED = False
