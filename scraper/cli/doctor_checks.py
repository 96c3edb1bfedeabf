"""Judge facts about a machine and a store, and say what to do. Pure: ``darial doctor`` collects the facts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from scraper.codec import Struct
from scraper.engines.poll_health import STALLED_SOURCES
from scraper.error_messages import explain_code
from scraper.model import SourceState
from scraper.schedule.source_health import is_broken
from scraper.text.human import byte_size, counted, time_ago

Verdict = Literal["ok", "warning", "wrong", "skipped"]

OLDEST_PYTHON = (3, 11)
OLDEST_SQLITE = (3, 37, 0)  # STRICT tables
OLDEST_EXPAT = (2, 4, 1)  # protects itself against entity bombs
LITTLE_DISK_BYTES = 2 << 30
NO_DISK_BYTES = 200 << 20
FEW_INODES = 10_000
FEW_OPEN_FILES = 512  # enough for 32 requests, 64 DNS queries, the workers and the database
NETWORK_DISKS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "ceph"})
WRONG_CLOCK = timedelta(seconds=60)
SILENT = timedelta(hours=7)  # the longest poll interval of a healthy source is six hours
SHOWN = 5  # names in a message
PROXIES = ("http_proxy", "https_proxy", "all_proxy")


class Check(Struct, frozen=True, kw_only=True):
    """One check: what was found, and what to do if it is not ok."""

    name: str
    verdict: Verdict
    found: str
    advice: str | None = None


def ok(name: str, found: str) -> Check:
    return Check(name=name, verdict="ok", found=found)


def warning(name: str, found: str, advice: str) -> Check:
    return Check(name=name, verdict="warning", found=found, advice=advice)


def wrong(name: str, found: str, advice: str) -> Check:
    return Check(name=name, verdict="wrong", found=found, advice=advice)


def skipped(name: str, why: str) -> Check:
    return Check(name=name, verdict="skipped", found=why)


def failing(checks: Iterable[Check]) -> bool:
    return any(check.verdict == "wrong" for check in checks)


# ------------------------------------------------------------------------------------------ the machine


def version(name: str, found: Sequence[int], oldest: Sequence[int], advice: str) -> Check:
    said = ".".join(map(str, found))
    if tuple(found) >= tuple(oldest):
        return ok(name, said)
    return wrong(name, said, f"{'.'.join(map(str, oldest))} or newer is needed: {advice}")


def sqlite(found: Sequence[int], options: Collection[str]) -> Check:
    check = version("sqlite", found, OLDEST_SQLITE, "use a newer Python, or a newer system")
    if check.verdict == "ok" and "ENABLE_FTS5" not in options:
        return wrong("sqlite", check.found, "it lacks FTS5 (full text search): use another build of Python")
    return check


def libraries(missing: Sequence[str]) -> Check:
    if not missing:
        return ok("libraries", "all installed")
    return wrong(
        "libraries",
        f"missing: {', '.join(missing)}",
        "install Darial again: pip install --force-reinstall darial, or make setup in its source code",
    )


def time_zones(missing: Sequence[str]) -> Check:
    if not missing:
        return ok("time zones", "all known")
    return wrong("time zones", f"unknown: {', '.join(missing)}", "install tzdata")


def open_files(limit: int) -> Check:
    if limit < 0 or limit >= FEW_OPEN_FILES:
        return ok("open files", "no limit" if limit < 0 else f"{limit} allowed")
    return warning("open files", f"{limit} allowed", f"raise the limit: ulimit -n {FEW_OPEN_FILES * 2}")


def proxies(environ: Mapping[str, str]) -> Check:
    """Warn of proxies: Darial ignores them, because it checks the address that it connects to."""
    names = [name for name in environ if name.lower() in PROXIES and environ[name]]
    if not names:
        return ok("proxies", "none set")
    return warning(
        "proxies",
        f"{', '.join(sorted(names))} set",
        "Darial ignores proxies; if this network needs one, use a transparent proxy",
    )


def name_servers(resolv_conf: str | None) -> Check:
    lines = (resolv_conf or "").splitlines()
    servers = [line.split()[1] for line in lines if line.startswith("nameserver") and len(line.split()) > 1]
    if servers:
        return ok("name servers", ", ".join(servers))
    return warning(
        "name servers", "none in /etc/resolv.conf", "name one, else names are looked up at 127.0.0.1"
    )


def clock(ours: datetime, theirs: Sequence[datetime]) -> Check:
    """Compare our clock with the Date headers of servers; the median, because some of them may be wrong."""
    if not theirs:
        return skipped("clock", "compared only with --network")
    off = sorted(ours - other for other in theirs)[len(theirs) // 2]
    said = f"{abs(off.total_seconds()):.0f} s {'ahead of' if off > timedelta() else 'behind'} {counted(len(theirs), 'server')}"
    if abs(off) <= WRONG_CLOCK:
        return ok("clock", said)
    return wrong("clock", said, "set it by NTP: timedatectl set-ntp true")


# ------------------------------------------------------------------------------------------ the store


def disk(place: str, free: int, total: int, inodes: int | None) -> Check:
    said = f"{byte_size(free)} of {byte_size(total)} free at {place}"
    if free < NO_DISK_BYTES:
        return wrong("disk", said, "free some space: soon nothing can be stored")
    if inodes is not None and inodes < FEW_INODES:
        return warning(
            "disk", f"only {inodes} more files can be created at {place}", "delete files on this disk"
        )
    if free < LITTLE_DISK_BYTES:
        return warning(
            "disk", said, "free some space, or move the store: darial backup, then darial restore elsewhere"
        )
    return ok("disk", said)


def file_system(kind: str | None) -> Check:
    if kind in NETWORK_DISKS:
        return wrong(
            "file system", f"{kind}, a network file system", "SQLite is not safe there: use a local disk"
        )
    return ok("file system", kind or "unknown")


def permissions(unwritable: Sequence[str]) -> Check:
    if not unwritable:
        return ok("permissions", "the store can be written")
    return wrong(
        "permissions",
        f"not writable: {', '.join(unwritable[:SHOWN])}",
        "run: chown -R USER, with the user who runs Darial",
    )


def projection(seq: int, projected: int, running: bool) -> Check:
    behind = seq - projected
    if behind <= 0:
        return ok("JSON files", f"up to seq {projected}, like the database")
    if running:
        return warning(
            "JSON files", f"{behind} lines behind", "wait a minute; if it does not change, restart Darial"
        )
    return warning("JSON files", f"{behind} lines behind", "the next start of darial run writes them")


def future(now: datetime, newest: datetime | None) -> Check:
    """Find polls in the future: the clock is or was wrong."""
    if newest is None or newest <= now + WRONG_CLOCK:
        return ok("times in the store", f"up to {newest:%Y-%m-%d %H:%M} UTC" if newest else "none yet")
    return wrong(
        "times in the store",
        f"{newest:%Y-%m-%d %H:%M} UTC is in the future",
        "the clock is wrong or was wrong: check it",
    )


def polling(now: datetime, states: Collection[SourceState], running: bool) -> Check:
    last = max((state.last_poll for state in states if state.last_poll), default=None)
    if last is None:
        return ok("polling", "nothing polled yet")
    said = f"last poll {time_ago(last, now)}"
    if running and now - last > SILENT:
        return wrong("polling", said, "the daemon runs and does not poll: read its log and restart it")
    return ok("polling", said if running else f"{said}; no daemon runs")


def broken(states: Collection[SourceState]) -> Check:
    """Find polls that ended with a bug: a daemon with only such polls seems to work."""
    bad = sorted(state.source for state in states if is_broken(state))
    if not bad:
        return ok("polls", "none broke")
    said = f"the last polls of {len(bad)} of {counted(len(states), 'source')} broke: {', '.join(bad[:SHOWN])}"
    advice = "a bug of Darial: look for poll_broke in its log, restart it, and report the bug"
    if len(bad) >= min(STALLED_SOURCES, len(states)):
        return wrong("polls", said, advice)
    return warning("polls", said, advice)


def failing_sources(states: Collection[SourceState]) -> Check:
    bad = [state.source for state in states if state.failures >= 3]
    if not states:
        return ok("sources", "none polled yet")
    said = f"{len(bad)} of {len(states)} fail"
    if 2 * len(bad) > len(states):
        return wrong("sources", said, "most fail, so it is probably our own network; try --network")
    if bad:
        return warning("sources", said, "see the reasons: darial status")
    return ok("sources", said)


def memory(states: Collection[SourceState]) -> Check:
    """Find states of sources that cannot be read."""
    lost = sorted(state.source for state in states if state.lost)
    if not lost:
        return ok("source states", f"{len(states)} can be read")
    said = f"{len(lost)} of {len(states)} cannot be read: {', '.join(lost[:SHOWN])}{' ...' if lost[SHOWN:] else ''}"
    return wrong(
        "source states", said, "their next poll starts a new state; look for more damage: darial store verify"
    )


def feeds(tried: Mapping[str, str | None]) -> Check:
    """Judge a few feeds by their error codes, None for a feed that could be read."""
    if not tried:
        return skipped("feeds", "fetched only with --network")
    bad = {url: code for url, code in tried.items() if code}
    said = f"{len(tried) - len(bad)} of {len(tried)} can be read"
    if not bad:
        return ok("feeds", said)
    codes = list(bad.values())
    code = max(codes, key=codes.count)
    if len(bad) == len(tried):
        return wrong(
            "feeds", f"{said}: {explain_code(code)}", "check the network, the firewall and the name server"
        )
    return warning("feeds", f"{said}: {explain_code(code)}", "test them: darial sources probe")
