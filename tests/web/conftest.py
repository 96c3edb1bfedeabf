"""Streams that are closed at the end of a test."""

from __future__ import annotations

import contextlib

import pytest

from tests.support.web_site import Listener


@pytest.fixture
def listen():
    with contextlib.ExitStack() as there:
        yield lambda *args, **more: there.enter_context(contextlib.closing(Listener(*args, **more)))
