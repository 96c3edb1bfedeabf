"""Convert types to JSON and back: the only import of msgspec.

``encode`` gives compact UTF-8 with every key present; ``decode`` validates and names the path of what is wrong.
"""

from __future__ import annotations

from typing import Any, TypeVar, get_type_hints

import msgspec

T = TypeVar("T")

Struct = msgspec.Struct
ValidationError = msgspec.ValidationError
DecodeError = msgspec.DecodeError
replace = msgspec.structs.replace
astuple = msgspec.structs.astuple
field_names = msgspec.structs.fields
convert = msgspec.convert
to_builtins = msgspec.to_builtins
schema_components = msgspec.json.schema


def field_types(struct: type) -> dict[str, Any]:
    """Return the types of a Struct's fields, in their order."""
    hints = get_type_hints(struct)
    return {field.name: hints[field.name] for field in msgspec.structs.fields(struct)}


_encoder = msgspec.json.Encoder()


def encode(value: object) -> bytes:
    """Return JSON: UTF-8, one line, no trailing newline. Aware datetimes become RFC 3339 in their own zone."""
    return _encoder.encode(value)


_TOO_DEEP = "JSON is nested too deeply"


def decode(data: bytes | str, type: type[T]) -> T:  # noqa: A002
    """Decode JSON to ``type``. Raises ValidationError (a DecodeError) with the path, e.g. ``at $.feeds[0].url``."""
    try:
        return msgspec.json.decode(data, type=type)
    except RecursionError:
        raise DecodeError(_TOO_DEEP) from None
    except UnicodeDecodeError as e:  # msgspec lets it through where a string is decoded
        raise DecodeError(f"JSON is not UTF-8: {e.reason}") from None


def decode_any(data: bytes | str) -> Any:
    """Decode JSON to builtins. Raises DecodeError."""
    try:
        return msgspec.json.decode(data)
    except RecursionError:
        raise DecodeError(_TOO_DEEP) from None
    except UnicodeDecodeError as e:
        raise DecodeError(f"JSON is not UTF-8: {e.reason}") from None


def pretty(data: bytes) -> bytes:
    """Return the JSON indented for people."""
    return msgspec.json.format(data, indent=2)
