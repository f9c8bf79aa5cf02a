"""What makes this a Django project: apps, middleware, templates, database, static files."""

import os
from pathlib import Path

from reviewhub.embedded import places
from reviewhub.settings import environment as env

BASE_DIR = env.BASE_DIR
DATA_DIR = Path(env.text("REVIEWHUB_DATA", str(BASE_DIR / ".reviewhub"))).expanduser().absolute()

DEBUG = env.flag("REVIEWHUB_DEBUG", False)
ALLOWED_HOSTS = env.words("REVIEWHUB_ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
# Where `manage.py serve` listens, with how many processes of how many threads each.
PORT = env.number("PORT", 8000, low=1, high=65535)
BIND = env.text("REVIEWHUB_BIND", "127.0.0.1")
WEB_PROCESSES = env.number("REVIEWHUB_WEB_PROCESSES", min(os.cpu_count() or 1, 2), low=1, high=32)
WEB_THREADS = env.number("REVIEWHUB_WEB_THREADS", 8, low=1, high=64)
BASE_URL = env.text("REVIEWHUB_BASE_URL", f"http://localhost:{PORT}").rstrip("/")
CSRF_TRUSTED_ORIGINS = env.words("REVIEWHUB_TRUSTED_ORIGINS", [BASE_URL])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_celery_beat",
    "django_htmx",
    "django_structlog",
    "encrypted_fields",
    "guardian",
    "pgtrigger",
    "template_partials",
    "apps.accounts",
    "apps.audit",
    "apps.delivery",
    "apps.sla",
    "apps.registry",
    "apps.trust",
    "apps.halts",
    "apps.routing",
    "apps.proposals",
    "apps.reviews",
    "apps.escalation",
    "apps.costs",
    "apps.intake",
    "apps.outcomes",
    "apps.evaluation",
    "apps.quality",
    "apps.privacy",
    "apps.rulebook",
    "apps.assurance",
    "apps.desk",
    "apps.api",
    "reviewhub",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "apps.desk.middleware.pages_for_forms",
    "apps.audit.replicas.keep_position",
]
# Long polls and live streams wait in their thousands: only what they need, nothing that costs a thread.
LIVE_MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
]

ROOT_URLCONF = "reviewhub.urls"
WSGI_APPLICATION = "reviewhub.wsgi.application"
ASGI_APPLICATION = "reviewhub.asgi.application"

# A decision card has a dozen fields; Django's own templates for them are drawn in a fourth of the time.
FORM_RENDERER = "django.forms.renderers.Jinja2"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "apps.desk.context.navigation",
                "apps.delivery.context.unread",
                "apps.escalation.context.banners",
            ],
        },
    }
]

DATABASES = {"default": env.database(env.text("DATABASE_URL", places.postgres_url(DATA_DIR)))}
# Pages that only read may read their own apps' tables from a replica; see `apps/audit/replicas.py`.
REPLICA_URL = env.text("REVIEWHUB_REPLICA_URL")
if REPLICA_URL:
    # Nobody waits long for it: the primary answers as well.
    DATABASES["replica"] = env.database(REPLICA_URL, name="REVIEWHUB_REPLICA_URL", connect_timeout="2")
DATABASE_ROUTERS = ["apps.audit.replicas.Router"]
REVIEWHUB_REPLICA_APPS = frozenset({"outcomes", "quality", "evaluation", "costs"})
# A replica further behind than so many seconds is not asked.
REVIEWHUB_REPLICA_SECONDS = env.number("REVIEWHUB_REPLICA_SECONDS", 10, low=1, high=600)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
TIME_ZONE = env.time_zone("REVIEWHUB_TIME_ZONE", "UTC")
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
