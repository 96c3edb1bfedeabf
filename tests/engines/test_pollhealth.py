"""When a daemon must not call itself well: by what became of its last polls."""

from __future__ import annotations

import pytest

from scraper.engines.poll_health import PollHealth
from scraper.model.daemon_status import STALL_SECONDS, stall_reason
from scraper.own_faults import DISK_FULL

# An outlet in small letters: its poll broke; with "+": stored something; with "=": had nothing to store
CASES = {
    "nothing has happened": (9, "", None),
    "all well": (9, "a+ b= c+ a= b=", None),
    "every poll breaks": (9, "a b c d e", "5 polls of 5 sources broke and nothing was stored since"),
    "a few broke": (9, "a b c d", None),
    "three outlets, again and again": (9, "a b c a b", "5 polls of 3 sources broke and nothing was stored since"),
    "one outlet's bug is its own": (9, "a a a a a a a a a", None),
    "two outlets' bugs": (9, "a b a b a b a b", None),
    "the only outlet there is": (1, "a a a a a", "5 polls of 1 source broke and nothing was stored since"),
    "both outlets there are": (2, "a b a b a", "5 polls of 2 sources broke and nothing was stored since"),
    "quiet outlets between prove nothing": (9, "a x= b y= c z= d x= e", "5 polls of 5 sources broke and nothing was stored since"),
    "others store": (9, "a b c d x+ e", None),
    "an outlet that mended counts no more": (9, "a b c c c a= b=", None),
    "over": (9, "a b c d e e+", None),
    "over for one, with nothing to store": (9, "a b c d e e=", None),
}  # fmt: skip


@pytest.mark.parametrize("outlets, polls, why", CASES.values(), ids=CASES.keys())
def test_stalled(outlets, polls, why):
    """Several sources broke one after the other and nothing was stored: the fault is not one source's."""
    health = PollHealth()
    health.sources = outlets
    for poll in polls.split():
        if len(poll) == 1:
            health.poll_broke(poll)
        else:
            health.poll_ended(poll[0], stored=poll[1] == "+")
    assert health.stalled == why
    assert health.breaks == sum(len(poll) == 1 for poll in polls.split())


def test_own_fault():
    """What is wrong on our side is known until a poll ends well, and is no bug."""
    health = PollHealth()
    health.sources = 1
    for _ in range(9):
        health.own_fault_met(DISK_FULL)
    assert (health.own_fault, health.stalled, health.breaks) == (DISK_FULL, None, 0)
    health.poll_ended("a", stored=False)
    assert health.own_fault is None


WORDS = {
    "well": (0.0, None, None),
    "not long enough": (STALL_SECONDS - 1, None, None),
    "long enough": (STALL_SECONDS, None, "work has been due for 900 s and none was finished"),
    "all break": (0.0, "5 polls broke", "5 polls broke"),
}


@pytest.mark.parametrize("seconds, broken, why", WORDS.values(), ids=WORDS.keys())
def test_words(seconds, broken, why):
    """Either is a reason to be restarted."""
    assert stall_reason(seconds, broken) == why
