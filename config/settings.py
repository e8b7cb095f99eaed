"""All settings, fed by the environment. ``DOOR`` chooses which process this is (design: two doors, three roles)."""

from __future__ import annotations

import hashlib
import logging
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import urlsplit

import environ
import pillow_heif
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()
for file in (BASE_DIR / ".env", BASE_DIR / ".local" / "env"):  # the first one wins: what is set stays set
    if file.exists():
        env.read_env(file)

# Who this process is ------------------------------------------------------------------------------

DOORS = ("site", "desk", "worker", "owner")
DOOR = env("DOOR", default="site")
if DOOR not in DOORS:
    raise ImproperlyConfigured(f"DOOR is one of {', '.join(DOORS)}, not {DOOR!r}.")
if DOOR == "desk" and (BASE_DIR / ".local" / "desk.env").exists():
    env.read_env(BASE_DIR / ".local" / "desk.env")

DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
SECRET_KEY = env("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])  # earlier keys: they still open what they sealed
# What seals second factors: each door has a key of its own, so that neither opens what the other sealed.
MFA_KEY = env(f"MFA_KEY_{DOOR.upper()}", default="")
MFA_KEY_FALLBACKS = env.list(f"MFA_KEY_{DOOR.upper()}_FALLBACKS", default=[])
if DOOR in {"site", "desk"} and not (MFA_KEY or DEMO):  # only a demo makes do with one made from SECRET_KEY
    raise ImproperlyConfigured(f"No key for second factors: set MFA_KEY_{DOOR.upper()} (see .env.example).")
# What the desk signs with who acts there; `manage.py prepare` tells it to the database (community/migrations/0082).
DESK_IDENTITY_KEY = env.bytes("DESK_IDENTITY_KEY", default=b"")
if DESK_IDENTITY_KEY and DOOR not in {"desk", "owner"}:
    raise ImproperlyConfigured(
        f"DESK_IDENTITY_KEY is in the environment of {DOOR}. It belongs to the desk and deploys."
    )
if DEMO and not DESK_IDENTITY_KEY:
    DESK_IDENTITY_KEY = hashlib.blake2b(SECRET_KEY.encode(), digest_size=32, person=b"desk identity").digest()
if DOOR == "desk" and len(DESK_IDENTITY_KEY) < 32:
    raise ImproperlyConfigured("No key for who acts at the desk: set DESK_IDENTITY_KEY (see .env.example).")
VERSION = env("VERSION", default="0.1.0")
SITE_URL = env("SITE_URL", default="http://localhost:8000").rstrip("/")
DESK_URL = env("DESK_URL", default="http://localhost:8001").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = [SITE_URL, DESK_URL]
HTTPS = SITE_URL.startswith("https://")
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)  # how many proxies of ours add to X-Forwarded-For
METRICS_NETWORKS = env.list("METRICS_NETWORKS", default=["127.0.0.0/8", "::1/128"])  # who may read /metrics
PROMETHEUS_LATENCY_BUCKETS = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, float("inf"))  # the promise is 0.1; for each view
CONTACT_EMAIL = env("CONTACT_EMAIL", default="")  # where people write to
DATA_CONTROLLER = env("DATA_CONTROLLER", default="")  # who answers for the data, in law

# What it is made of -------------------------------------------------------------------------------

INSTALLED_APPS = [
    "modeltranslation",
    "config.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.forms",
    "config.apps.StaticConfig",
    "django.contrib.sitemaps",
    "django.contrib.gis",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.apple",
    "allauth.socialaccount.providers.facebook",
    "allauth.socialaccount.providers.google",
    "corsheaders",
    "csp",
    "django_filters",
    "django_structlog",
    "drf_spectacular",
    "phonenumber_field",
    "procrastinate.contrib.django",
    "rest_framework",
    "config",
    "verification",
    "events",
    "businesses",
    "community",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.logs.RequestLog",
    "corsheaders.middleware.CorsMiddleware",
    "config.requests.CountUnansweredMiddleware",
    "config.requests.RefuseBrokenTextMiddleware",
    "config.requests.PackMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "community.identity.IdentityMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

SITE_URLCONF = "config.site_urls"
ROOT_URLCONF = "config.desk_urls" if DOOR == "desk" else SITE_URLCONF
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

FORM_RENDERER = "config.forms.TownRenderer"

# Where things are kept ----------------------------------------------------------------------------

# Each process has its own role; one variable per role, or one for the process.
_database = env.db_url(f"DATABASE_URL_{DOOR.upper()}", default=env("DATABASE_URL", default=""))
if not _database:
    raise ImproperlyConfigured("No database: run `make run` once, or set DATABASE_URL (see .env.example).")
# Starting parallel workers and compiling cost short queries more than they take (measured: 28 ms where they took 3).
_web = "-c statement_timeout=15s -c lock_timeout=5s -c jit=off -c max_parallel_workers_per_gather=0"
DATABASES = {
    "default": _database
    | {
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": _database.get("OPTIONS", {})  # what the address says: host=/run/postgresql, sslmode=verify-full
        | {
            "application_name": f"lusotown-{DOOR}",
            "server_side_binding": True,
            "connect_timeout": 5,
            "options": _web if DOOR in {"site", "desk"} else "",
        },
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
}

REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "lusotown",
        "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 1, "SOCKET_TIMEOUT": 1, "IGNORE_EXCEPTIONS": True},
    }
}
DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = env.path("STATIC_ROOT", default=str(BASE_DIR / "collected"))
MEDIA_URL = "/media/"
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(BASE_DIR / "media"))
EXPORT_ROOT = env.path("EXPORT_ROOT", default=str(BASE_DIR / "exports"))  # sealed, and served by nobody
EVIDENCE_ROOT = env.path(
    "EVIDENCE_ROOT", default=str(BASE_DIR / "evidence")
)  # sealed to the desk: verification.sealing
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (
    *("jpg", "jpeg", "png", "gif", "webp", "avif", "ico", "zip", "gz", "br", "woff", "woff2"),
    "map",  # only developers' tools ask for these
)
pillow_heif.register_heif_opener()
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# People -------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "community.Member"
AUTHENTICATION_BACKENDS = ["community.login.MemberBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_ENGINE = "community.sessions"
SESSION_COOKIE_NAME = "lusotown_desk" if DOOR == "desk" else "lusotown"
SESSION_COOKIE_AGE = 12 * 3600 if DOOR == "desk" else 30 * 86400
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = "Strict" if DOOR == "desk" else "Lax"
CSRF_COOKIE_NAME = "lusotown_desk_csrf" if DOOR == "desk" else "lusotown_csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "community.login.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # an address is proved before there is a member: community.account_views
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # before the address changes
ACCOUNT_LOGIN_BY_CODE_ENABLED = DOOR != "desk"
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_SESSION_REMEMBER = False if DOOR == "desk" else None  # the site asks; at the desk a login is never a long one
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_FORMS = {
    "login": "community.account_forms.LoginForm",
    "reauthenticate": "community.account_forms.ReauthenticateForm",
    "request_login_code": "community.account_forms.AskForCodeForm",
    "confirm_login_code": "community.account_forms.LoginCodeForm",
    "reset_password": "community.account_forms.ForgottenForm",
    "confirm_password_reset_code": "community.account_forms.ResetCodeForm",
    "reset_password_from_key": "community.account_forms.NewPasswordForm",
    "change_password": "community.account_forms.ChangePasswordForm",
    "set_password": "community.account_forms.SetPasswordForm",
}
# Tries are counted by community.throttles. What allauth still counts: codes of second factors, for each member.
ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key", "login": None, "request_login_code": None, "reset_password": None}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
MFA_ADAPTER = "community.login.SecondFactorAdapter"
MFA_FORMS = {
    "authenticate": "community.account_forms.CodeForm",
    "reauthenticate": "community.account_forms.CodeAgainForm",
    "activate_totp": "community.account_forms.ActivateForm",
    "deactivate_totp": "community.account_forms.DeactivateForm",
    "generate_recovery_codes": "community.account_forms.RecoveryCodesForm",
    "add_webauthn": "community.account_forms.AddPasskeyForm",
    "edit_webauthn": "community.account_forms.RenamePasskeyForm",
    "login_webauthn": "community.account_forms.PasskeyLoginForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS  # http://localhost; browsers give passkeys to nothing else without TLS
MFA_ALLOW_UNVERIFIED_EMAIL = True  # the desk opens staff accounts itself
MFA_TOTP_ISSUER = "LusoTown"

# Logging in by way of elsewhere: what is configured is offered, and nothing else is there (docs/operators.md).
SOCIALACCOUNT_ADAPTER = "community.elsewhere.SocialAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # an address alone opens no account
SOCIALACCOUNT_QUERY_EMAIL = True
SOCIALACCOUNT_PROVIDERS: dict[str, dict] = {}
SOCIAL_ORIGINS: list[str] = []  # where a form of ours leads to, for the content security policy
if DOOR == "site" and env("GOOGLE_CLIENT_ID", default="") and env("GOOGLE_CLIENT_SECRET", default=""):
    SOCIALACCOUNT_PROVIDERS["google"] = {
        "APP": {"client_id": env("GOOGLE_CLIENT_ID"), "secret": env("GOOGLE_CLIENT_SECRET")},
        "SCOPE": ["openid", "email", "profile"],
        "OAUTH_PKCE_ENABLED": True,
    }
    SOCIAL_ORIGINS.append("https://accounts.google.com")
    if DEMO and (_stand_in := env("GOOGLE_STAND_IN", default="")):  # a server that plays Google, for tests alone
        names = {"AUTHORIZE_URL": "/auth", "ACCESS_TOKEN_URL": "/token", "CERTS_URL": "/certs", "ID_TOKEN_ISSUER": ""}
        SOCIALACCOUNT_PROVIDERS["google"] |= {name: f"{_stand_in}{path}" for name, path in names.items()}
        SOCIAL_ORIGINS.append(_stand_in)
if DOOR == "site" and env("FACEBOOK_CLIENT_ID", default="") and env("FACEBOOK_CLIENT_SECRET", default=""):
    SOCIALACCOUNT_PROVIDERS["facebook"] = {
        "APP": {"client_id": env("FACEBOOK_CLIENT_ID"), "secret": env("FACEBOOK_CLIENT_SECRET")},
        "SCOPE": ["email"],
        "FIELDS": ["id", "email", "name"],
        "OAUTH_PKCE_ENABLED": True,
    }
    SOCIAL_ORIGINS.append("https://www.facebook.com")
_apple = {name: env(f"APPLE_{name}", default="") for name in ("CLIENT_ID", "KEY_ID", "TEAM_ID", "PRIVATE_KEY")}
if DOOR == "site" and all(_apple.values()):
    SOCIALACCOUNT_PROVIDERS["apple"] = {
        "APP": {
            "client_id": _apple["CLIENT_ID"],
            "secret": _apple["KEY_ID"],  # allauth's words for what Apple calls otherwise
            "key": _apple["TEAM_ID"],
            "settings": {"certificate_key": _apple["PRIVATE_KEY"].replace("\\n", "\n")},
        },
        "SCOPE": ["name", "email"],
    }
    SOCIAL_ORIGINS.append("https://appleid.apple.com")

# Evidence: everyone may know what it is sealed to, the desk alone opens it ---------------------------

DESK_PUBLIC_KEY = env("DESK_PUBLIC_KEY", default="")
DESK_SECRET_KEYS = env.list("DESK_SECRET_KEYS", default=[])  # the current one first, then those it followed
if DESK_SECRET_KEYS and DOOR != "desk":
    raise ImproperlyConfigured(
        f"DESK_SECRET_KEYS is in the environment of {DOOR}. It belongs to the desk's process alone."
    )

# Languages, time ----------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("pt", _("Portuguese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "lusotown_language"
LANGUAGE_COOKIE_AGE = 365 * 86400
LANGUAGE_COOKIE_SAMESITE = "Lax"
MODELTRANSLATION_DEFAULT_LANGUAGE = "pt"
MODELTRANSLATION_LANGUAGES = ("pt", "en")
MODELTRANSLATION_FALLBACK_LANGUAGES = ()  # a missing language is said, never hidden: community.translated
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = "config.formats"
TIME_ZONE = "Europe/London"
PHONENUMBER_DEFAULT_REGION = "GB"

SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # e-mail is unique, whatever its capitals, by a constraint on lower(email)
    "gis.W001",  # GDAL reads only files an operator names on the command line
    "security.W008",  # the proxy that ends TLS also redirects
    "security.W021",  # preloading HSTS binds a whole domain: its keeper decides
]

# The map ------------------------------------------------------------------------------------------

MAP_TILES = env("MAP_TILES", default="")  # https://…/{z}/{x}/{y}.png; empty: borough shapes and pins alone
MAP_ATTRIBUTION = env("MAP_ATTRIBUTION", default="")

# Browser security ---------------------------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 365 * 86400 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
X_FRAME_OPTIONS = "DENY"
_tile_host = "{0.scheme}://{0.netloc}".format(urlsplit(MAP_TILES)).replace("{s}", "*")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", *([_tile_host] if MAP_TILES else [])],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF, *SOCIAL_ORIGINS],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
PERMISSIONS_POLICY = {
    "accelerometer": [],
    "camera": [],
    "display-capture": [],
    "geolocation": ["self"],
    "gyroscope": [],
    "magnetometer": [],
    "microphone": [],
    "payment": [],
    "usb": [],
}
CORS_ALLOW_ALL_ORIGINS = True
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_METHODS = ("GET", "HEAD", "OPTIONS")
CORS_ALLOW_HEADERS = ("Accept", "Authorization", "If-None-Match")  # a token is no cookie: no browser adds it by itself
CORS_ALLOW_CREDENTIALS = False
CORS_EXPOSE_HEADERS = ("ETag", "Content-Language", "RateLimit", "RateLimit-Policy", "Retry-After", "WWW-Authenticate")

# The API ------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.problems.handle",
    "NUM_PROXIES": TRUSTED_PROXIES,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
API_LIMITS = {"anonymous": (10, 10), "member": (100, 10), "token": (100, 10)}  # so many requests in any so many seconds
SPECTACULAR_SETTINGS = {
    "TITLE": "LusoTown",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVERS": [{"url": SITE_URL}],
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,  # the values say it, and are the same in both languages
    "ENUM_NAME_OVERRIDES": {
        "AudienceEnum": "community.models.people.Visibility.choices",
        "DocumentKindEnum": "verification.serializers.DOCUMENT_KINDS",
    },
    "AUTHENTICATION_WHITELIST": [],  # reading needs no identity
}

# Mail and jobs ------------------------------------------------------------------------------------

EMAIL_CONFIG = env.email_url_config(env("EMAIL_URL", default="") or "consolemail://")
vars().update(EMAIL_CONFIG)
if DOOR in {"site", "desk"}:  # what a door sends lies in the outbox until the commit; the worker carries it
    EMAIL_BACKEND = "community.outbox.OutboxBackend"
elif EMAIL_CONFIG["EMAIL_BACKEND"] == "django.core.mail.backends.console.EmailBackend":
    EMAIL_BACKEND = "community.outbox.TerminalBackend"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="LusoTown <ola@lusotown.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
DESK_EMAIL = env("DESK_EMAIL", default=parseaddr(DEFAULT_FROM_EMAIL)[1])  # where members write to the desk

# What is written down -----------------------------------------------------------------------------

DJANGO_STRUCTLOG_USER_ID_FIELD = None  # who read which page is nobody's business
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = logging.DEBUG  # the line at the end says it all
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "config.logs.line_formatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django.server": {"handlers": [], "propagate": True},
        "procrastinate": {"level": "WARNING"},
        "PIL": {"level": "WARNING"},  # to debug it writes down what telephones note in a picture: who, when, where
    },
}
