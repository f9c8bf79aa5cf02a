"""Who gets in and what a browser may do: keys, sign-in, lock-out, cookies, content security policy."""

from datetime import timedelta

from csp.constants import NONE, SELF

from reviewhub.settings import environment as env
from reviewhub.settings.base import BASE_URL, DATA_DIR
from reviewhub.settings.secret import secret_list

# Newest first; the others still verify and decrypt. Unset: made once and kept in the data folder.
_secrets = secret_list(env.words("REVIEWHUB_SECRET_KEYS", []), DATA_DIR / "secret_keys")
SECRET_KEY = _secrets[0]
SECRET_KEY_FALLBACKS = _secrets[1:]
SALT_KEY = ["reviewhub-fields"]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk:home"
LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_ADAPTER = "apps.accounts.adapter.ClosedSignup"
ACCOUNT_FORMS = {"login": "apps.accounts.sign_in.SignInForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "ReviewHub"

AXES_FAILURE_LIMIT = env.number("REVIEWHUB_SIGN_IN_ATTEMPTS", 5, low=3, high=100)
AXES_COOLOFF_TIME = timedelta(minutes=env.number("REVIEWHUB_LOCK_OUT_MINUTES", 15, low=1, high=1440))
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_USERNAME_FORM_FIELD = "login"
AXES_USERNAME_CALLABLE = "apps.accounts.lock_out.attempted_email"
AXES_LOCKOUT_TEMPLATE = "account/locked_out.html"
AXES_ENABLE_ADMIN = False
AXES_CLIENT_IP_CALLABLE = "apps.accounts.lock_out.client_address"
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("REVIEWHUB_PROXIES", 0, low=0, high=5)
AXES_VERBOSE = False

GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_AUTO_PREFETCH = False
ANONYMOUS_USER_NAME = None

_https = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_SECURE = _https
CSRF_FAILURE_VIEW = "apps.desk.views.failures.csrf_failure"
SESSION_COOKIE_AGE = env.number("REVIEWHUB_SESSION_HOURS", 12, low=1, high=720) * 3600
SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("REVIEWHUB_BEHIND_PROXY", False) else None
)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# Rights are asked for in one place, apps.accounts.rights, not through an authentication backend.
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]
if not _https:
    SILENCED_SYSTEM_CHECKS += ["security.W004", "security.W008", "security.W021"]
