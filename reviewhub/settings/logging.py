"""One log line a request or event, to standard error: JSON, or readable with REVIEWHUB_LOG=console."""

import logging as _logging

import structlog

from reviewhub.settings import environment as env

_shared: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
]
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_renderer: structlog.typing.Processor = (
    structlog.dev.ConsoleRenderer(colors=False)
    if env.choice("REVIEWHUB_LOG", "json", ("json", "console")) == "console"
    else structlog.processors.JSONRenderer()
)


# What a person mistypes or an agent does wrong is answered to them; here it would only hide what the operator must see.
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = _logging.INFO


def _is_news(record: _logging.LogRecord) -> bool:
    """Not what the health page answers: whoever asks reads it, and asks every few seconds. Its own failures are."""
    event = record.msg if isinstance(record.msg, dict) else {}
    asked = getattr(record, "request", None)
    is_health = event.get("request") == "GET /healthz" or getattr(asked, "path", "") == "/healthz"
    return not is_health or bool(record.exc_info or event.get("exc_info") or event.get("exception"))


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": _renderer,
            "foreign_pre_chain": [*_shared, structlog.processors.format_exc_info],
        }
    },
    "filters": {"news": {"()": "django.utils.log.CallbackFilter", "callback": _is_news}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["news"]}},
    # Its lines below an error say again what `request_finished` says.
    "loggers": {"django.request": {"level": "ERROR"}},
    "root": {"handlers": ["stderr"], "level": env.choice("REVIEWHUB_LOG_LEVEL", "WARNING", _LEVELS)},
}

structlog.configure(
    processors=[
        *_shared,
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
