"""Settings of ReviewHub itself, and of the libraries its pages and doors use."""

from reviewhub.settings import environment as env

# Seconds in which a reviewer may take a decision back; grant and webhook leave when they are over.
REVIEWHUB_UNDO_SECONDS = env.number("REVIEWHUB_UNDO_SECONDS", 10, low=0, high=300)
# Minutes an agent has to redeem a grant.
REVIEWHUB_GRANT_MINUTES = env.number("REVIEWHUB_GRANT_MINUTES", 30, low=1, high=1440)
# At most this many tasks claimed by one person at a time.
REVIEWHUB_CLAIMS_PER_PERSON = env.number("REVIEWHUB_CLAIMS_PER_PERSON", 3, low=1, high=20)
# Bearer token for /metrics; unset closes the page.
REVIEWHUB_METRICS_TOKEN = env.text("REVIEWHUB_METRICS_TOKEN")
# Hosts and networks webhooks may reach although they are private, e.g. 10.1.2.3 or hooks.internal.
REVIEWHUB_WEBHOOK_ALLOW = env.words("REVIEWHUB_WEBHOOK_ALLOW", [])

DJANGO_STRUCTLOG_CELERY_ENABLED = False
