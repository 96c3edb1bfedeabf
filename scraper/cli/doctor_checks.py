"""What a machine and a store should be like: facts in, a Check for each out, with what to do about it. Pure.

``darial doctor`` gathers the facts; nothing is looked up here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from scraper.codec import Struct
from scraper.engines.poll_health import STALLED_SOURCES
from scraper.error_messages import explain_code
from scraper.model import SourceState
from scraper.schedule.source_health import is_broken

Verdict = Literal["ok", "warning", "wrong", "skipped"]

OLDEST_PYTHON = (3, 11)
OLDEST_SQLITE = (3, 37, 0)  # STRICT tables
OLDEST_EXPAT = (2, 4, 1)  # stops entity bombs by itself
LITTLE_DISK_BYTES = 2 << 30
NO_DISK_BYTES = 200 << 20
FEW_INODES = 10_000
FEW_OPEN_FILES = 512  # 32 requests, 64 look-ups, workers, the database: well below
NETWORK_DISKS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "afs", "ceph"})
WRONG_CLOCK = timedelta(seconds=60)
SILENT = timedelta(hours=7)  # the longest interval of a healthy outlet is six hours
SHOWN = 5  # names
PROXIES = ("http_proxy", "https_proxy", "all_proxy")


class Check(Struct, frozen=True, kw_only=True):
    """One thing that was looked at: what was found, and what to do if that is not as it should be."""

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
        return ok("libraries", "all there")
    return wrong("libraries", f"missing: {', '.join(missing)}", "make setup installs them")


def time_zones(missing: Sequence[str]) -> Check:
    if not missing:
        return ok("time zones", "known")
    return wrong("time zones", f"unknown: {', '.join(missing)}", "install tzdata")


def open_files(limit: int) -> Check:
    if limit < 0 or limit >= FEW_OPEN_FILES:
        return ok("open files", "no limit" if limit < 0 else f"{limit} allowed")
    return warning("open files", f"{limit} allowed", f"raise the limit: ulimit -n {FEW_OPEN_FILES * 2}")


def proxies(environ: Mapping[str, str]) -> Check:
    """Darial takes no proxy from the environment: it checks the address that it connects to."""
    names = [name for name in environ if name.lower() in PROXIES and environ[name]]
    if not names:
        return ok("proxies", "none set")
    return warning(
        "proxies",
        f"{', '.join(sorted(names))} set",
        "Darial ignores proxies; where the network is reached through one only, use a transparent one",
    )


def name_servers(resolv_conf: str | None) -> Check:
    lines = (resolv_conf or "").splitlines()
    servers = [line.split()[1] for line in lines if line.startswith("nameserver") and len(line.split()) > 1]
    if servers:
        return ok("name servers", ", ".join(servers))
    return warning("name servers", "none in /etc/resolv.conf", "names are looked up at 127.0.0.1 then")


def clock(ours: datetime, theirs: Sequence[datetime]) -> Check:
    """Against what servers say in their Date header; the median, since a server's clock may be wrong too."""
    if not theirs:
        return skipped("clock", "nobody to compare it with (--network)")
    off = sorted(ours - other for other in theirs)[len(theirs) // 2]
    said = f"{abs(off.total_seconds()):.0f} s {'ahead of' if off > timedelta() else 'behind'} {len(theirs)} servers"
    if abs(off) <= WRONG_CLOCK:
        return ok("clock", said)
    return wrong("clock", said, "keep it with NTP: timedatectl set-ntp true")


# ------------------------------------------------------------------------------------------ the store


def disk(place: str, free: int, total: int, inodes: int | None) -> Check:
    said = f"{size(free)} of {size(total)} free at {place}"
    if free < NO_DISK_BYTES:
        return wrong("disk", said, "make room: nothing can be stored soon")
    if inodes is not None and inodes < FEW_INODES:
        return warning("disk", f"{inodes} files can still be made at {place}", "make room for more files")
    if free < LITTLE_DISK_BYTES:
        return warning("disk", said, "make room, or move the store: darial backup, then restore elsewhere")
    return ok("disk", said)


def size(n: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if n < 1024:
            return f"{n:.0f} {unit}" if unit in ("B", "KB") else f"{n:.1f} {unit}"
        n /= 1024
    return f"{n:.1f} TB"


def file_system(kind: str | None) -> Check:
    if kind in NETWORK_DISKS:
        return wrong("file system", f"{kind}, over the network", "SQLite is not safe there: use a local disk")
    return ok("file system", kind or "unknown")


def permissions(unwritable: Sequence[str]) -> Check:
    if not unwritable:
        return ok("permissions", "the store can be written")
    return wrong(
        "permissions", f"not writable: {', '.join(unwritable[:5])}", "chown -R them to who runs Darial"
    )


def projection(seq: int, projected: int, running: bool) -> Check:
    behind = seq - projected
    if behind <= 0:
        return ok("JSON files", f"up to seq {projected}, as the database")
    if running:
        return warning(
            "JSON files", f"{behind} lines behind", "wait a moment; if it stays so, restart Darial"
        )
    return warning("JSON files", f"{behind} lines behind", "they are written at the next start of darial run")


def future(now: datetime, newest: datetime | None) -> Check:
    """Records or polls of tomorrow say that the clock is wrong, or was."""
    if newest is None or newest <= now + WRONG_CLOCK:
        return ok("times in the store", f"up to {newest:%Y-%m-%d %H:%M} UTC" if newest else "none yet")
    return wrong(
        "times in the store", f"{newest:%Y-%m-%d %H:%M} UTC is to come", "the clock is wrong, or was"
    )


def polling(now: datetime, states: Collection[SourceState], running: bool) -> Check:
    last = max((state.last_poll for state in states if state.last_poll), default=None)
    if last is None:
        return ok("polling", "nothing polled yet")
    said = f"last poll {hours(now - last)} ago"
    if running and now - last > SILENT:
        return wrong("polling", said, "the daemon runs and polls nothing: look at its log, restart it")
    return ok("polling", said if running else f"{said}; no daemon runs")


def broken(states: Collection[SourceState]) -> Check:
    """A poll that breaks ends like others: without this, a daemon whose every poll breaks would look well."""
    bad = sorted(state.source for state in states if is_broken(state))
    if not bad:
        return ok("polls", "none broke")
    said = f"the last polls of {len(bad)} of {len(states)} outlets broke: {', '.join(bad[:SHOWN])}"
    advice = "a bug of Darial: look for poll_broke in its log, restart it, report it"
    if len(bad) >= min(STALLED_SOURCES, len(states)):
        return wrong("polls", said, advice)
    return warning("polls", said, advice)


def hours(span: timedelta) -> str:
    seconds = max(0.0, span.total_seconds())
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.0f} h"


def outlets(states: Collection[SourceState]) -> Check:
    bad = [state.source for state in states if state.failures >= 3]
    if not states:
        return ok("outlets", "none polled yet")
    said = f"{len(bad)} of {len(states)} fail"
    if 2 * len(bad) > len(states):
        return wrong("outlets", said, "most fail: our own network, most likely; try --network")
    if bad:
        return warning("outlets", said, "darial status says why")
    return ok("outlets", said)


def memory(states: Collection[SourceState]) -> Check:
    """Whether what is remembered of the outlets can be read."""
    lost = sorted(state.source for state in states if state.lost)
    if not lost:
        return ok("states of outlets", f"{len(states)} can be read")
    said = f"{len(lost)} of {len(states)} cannot be read: {', '.join(lost[:5])}{' ...' if lost[5:] else ''}"
    return wrong(
        "states of outlets", said, "they begin anew at their next poll; darial store verify: what else?"
    )


def feeds(tried: Mapping[str, str | None]) -> Check:
    """A few feeds that were asked; the value is the code of the failure."""
    if not tried:
        return skipped("feeds", "none asked (--network)")
    bad = {url: code for url, code in tried.items() if code}
    said = f"{len(tried) - len(bad)} of {len(tried)} can be read"
    if not bad:
        return ok("feeds", said)
    codes = list(bad.values())
    code = max(codes, key=codes.count)
    if len(bad) == len(tried):
        return wrong(
            "feeds", f"{said}: {explain_code(code)}", "check the network, the firewall, the name server"
        )
    return warning(
        "feeds", f"{said}: {explain_code(code)}", "darial sources probe tries an outlet in every way"
    )
