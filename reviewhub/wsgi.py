"""The synchronous door: pages and API behind gunicorn."""

import os

from django.core.wsgi import get_wsgi_application

from reviewhub.settling import settle

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "reviewhub.settings")

application = get_wsgi_application()
settle()
