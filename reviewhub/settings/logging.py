"""One log line a request or event, to standard error: JSON, or readable with REVIEWHUB_LOG=console."""

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
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
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
