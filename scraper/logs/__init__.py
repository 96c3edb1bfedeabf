"""Log each event as one line on stderr, with structlog.

The values may be hostile. A line has at most 4 KB, and nothing in it can start a new line, move the cursor, reorder text or
show a password. Logging never raises.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import re
import sys
from collections.abc import Callable, Mapping, MutableMapping
from functools import partial
from typing import Any, Literal, TextIO, cast

import structlog

from scraper.codec import encode
from scraper.logs.writer import FLUSH_SECONDS, LogWriter

Format = Literal["console", "json"]
Event = MutableMapping[str, Any]

MAX_LINE_BYTES = 4096  # with its newline; what journald and most shippers keep whole (reliability C11)
MAX_VALUE_CHARS = 1024
_FRAMES = 12  # of a traceback, the innermost ones

# C0, DEL, C1, the line and paragraph separators, the bidi marks, embeddings, overrides and isolates, lone surrogates.
_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\x1b": "\\e"}
_USERINFO = re.compile(r"(?i)([a-z][a-z0-9+.-]{1,15}:)?//[^\s/?#@\"'<>]{1,512}@")
_SECRET = re.compile(
    r"(?i)([?&;](?:[\w.-]{0,64}(?:token|secret|passw(?:or)?d|api_?key|signature|credential|session)[\w.-]{0,64}"
    r"|auth|key|sig|pwd|pass|code)=)[^\s&;#\"'<>]+"
)
_writer: LogWriter | None = None
_COLOURS = {"debug": "2", "warning": "33", "error": "31", "critical": "31;1"}


def escape(text: str) -> str:
    """Replace every control and bidi character by a visible escape."""
    return _CONTROL.sub(_visible, text)


def _visible(match: re.Match[str]) -> str:
    character = match.group()
    return _SHORT.get(character) or f"\\u{ord(character):04x}"


def redact(text: str) -> str:
    """Remove the passwords of URLs: userinfo, and query values whose name says that they are secret."""
    if "@" in text:
        text = _USERINFO.sub(lambda m: f"{m.group(1) or ''}//***@", text)
    return _SECRET.sub(r"\1***", text) if "=" in text else text


def configure(fmt: Format = "console", *, stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send our events and those of libraries to ``stream`` (stderr) in one format. Call once in a process."""
    to = stream or sys.stderr
    renderer = _json_line if fmt == "json" else partial(_console_line, to.isatty())
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True, key="at")

    def announce(count: int) -> str:
        event = stamp(None, "", {"level": "warning", "event": "log_dropped", "lines": count})
        return renderer(None, "warning", event)

    global _writer  # noqa: PLW0603  (a process has one log)
    flush_logs()
    _writer = _start_writer(to, announce)
    lines = _Lines(to, _writer)
    structlog.configure(
        processors=[structlog.processors.add_log_level, stamp, _explain, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_args: lines,
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Forward()]
    root.setLevel(logging.WARNING)  # of libraries, only what is wrong


def get_logger(**values: Any) -> structlog.typing.FilteringBoundLogger:
    """Return a logger that adds ``values`` to every event."""
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger(**values))


def flush_logs(seconds: float = FLUSH_SECONDS) -> None:
    """Wait until the lines so far are written, at most ``seconds``."""
    if _writer is not None:
        _writer.flush(seconds)


def _start_writer(to: TextIO, announce: Callable[[int], str]) -> LogWriter | None:
    """Return a thread that writes to a file, a terminal, a pipe or a socket; None for text in memory."""
    try:
        descriptor = to.fileno()
        to.flush()
    except (OSError, ValueError):
        return None
    atexit.unregister(flush_logs)
    atexit.register(flush_logs)
    return LogWriter(descriptor, announce=announce)


class _Lines:
    """Writes whole lines. A closed, full or unread stderr must not stop the daemon."""

    def __init__(self, to: TextIO, writer: LogWriter | None) -> None:
        self._to, self._writer = to, writer

    def msg(self, line: str) -> None:
        if self._writer is not None:
            self._writer.put(line)
            return
        with contextlib.suppress(OSError, ValueError):
            self._to.write(line + "\n")
            self._to.flush()

    debug = info = warning = error = critical = msg


class _Forward(logging.Handler):
    """Turns what libraries log through the standard library into our events."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            said = {"name": record.name, "message": record.getMessage(), "exc_info": record.exc_info}
            get_logger().log(record.levelno, "library", **said)
        except Exception:  # a log line is never worth a crash
            self.handleError(record)


def _explain(_logger: object, _method: str, event: Event) -> Event:
    """Replace an exception by two values: the error, and the trace of where it came from."""
    info = event.pop("exc_info", None)
    error = sys.exc_info()[1] if info is True else info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["error"] = f"{type(error).__name__}: {error}"
        event["trace"] = trace(error)
    return event


def trace(error: BaseException) -> str:
    """Write a traceback on one line, innermost frame first: ``feed.py:31 parse < pipeline.py:88 poll``."""
    frames = []
    step = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        name = code.co_filename.replace("\\", "/").rpartition("/")[2]
        frames.append(f"{name}:{step.tb_lineno} {code.co_name}")
        step = step.tb_next
    return " < ".join(frames[::-1][:_FRAMES])


def _json_line(_logger: object, _method: str, event: Event) -> str:
    """Write an event as one JSON object, with control characters escaped as JSON does."""
    limit = MAX_VALUE_CHARS
    while limit >= 16:
        line = _CONTROL.sub(lambda m: f"\\u{ord(m.group()):04x}", encode(_plain(event, limit)).decode())
        if len(line.encode()) < MAX_LINE_BYTES:
            return line
        limit //= 2
    # too many values, not too long ones
    return encode({k: _text(event.get(k), 256) for k in ("at", "level", "event")} | {"cut": True}).decode()


def _console_line(in_colour: bool, _logger: object, _method: str, event: Event) -> str:
    """Write ``2026-11-23T06:00:00Z info     polled  source=... new=3``, in colours on a terminal."""
    plain = _plain(event, MAX_VALUE_CHARS)
    values = {k: escape(v) if isinstance(v, str) else v for k, v in plain.items()}
    at, level = str(values.pop("at", ""))[:19], str(values.pop("level", "info"))
    name = str(values.pop("event", ""))
    rest = "".join(f" {escape(k)}={_quoted(v)}" for k, v in values.items() if v is not None)
    data = f"{at}Z {level:<8} {name}{rest}".encode()
    if len(data) > MAX_LINE_BYTES - 16:
        data = data[: MAX_LINE_BYTES - 19] + "…".encode()
    line, colour = data.decode(errors="ignore"), _COLOURS.get(level) if in_colour else None
    return f"\x1b[{colour}m{line}\x1b[0m" if colour else line


def _plain(event: Mapping[str, Any], limit: int) -> dict[str, Any]:
    order = {"at": None, "level": None, "event": None}
    return {k: _value(event[k], limit) for k in (order | dict.fromkeys(event)) if k in event}


def _value(value: Any, limit: int) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    return _text(value, limit)


def _text(value: object, limit: int) -> str:
    try:
        text = value if isinstance(value, str) else str(value)
    except Exception as error:
        text = f"<{type(value).__name__}: {type(error).__name__}>"
    text = redact(text[: 4 * limit])
    text = text if len(text) <= limit else text[: limit - 1] + "…"
    return text.encode("utf-8", "backslashreplace").decode()


def _quoted(value: Any) -> str:
    text = str(value)
    return f'"{text.replace(chr(34), chr(39))}"' if not text or " " in text or "=" in text else text
