"""The installation's own settings, in a hurry: the processes of these tests look for work twice a second.

Tasks travel in a queue of their own, so that a broker that serves others too can be emptied.
"""

import os
from datetime import timedelta

from reviewhub.settings import *  # noqa: F403
from reviewhub.settings.background import CELERY_BEAT_SCHEDULE

CELERY_TASK_DEFAULT_QUEUE = os.environ.get("FAULTS_QUEUE", "reviewhub-faults")
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 1, "socket_timeout": 5}
CELERY_BEAT_MAX_LOOP_INTERVAL = 0.5
CELERY_BEAT_SCHEDULE = {
    name: {**entry, "schedule": min(entry["schedule"], timedelta(seconds=0.5))}
    for name, entry in CELERY_BEAT_SCHEDULE.items()
    if entry["schedule"] < timedelta(hours=1)
}
