"""deploy/: the unit, the image and the compose files name commands, options, settings, files and addresses that exist."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from scraper.cli import main, terminal
from scraper.config.environment import variable
from scraper.settings import TABLES, WebSettings, settings_keys
from tests.support.shared import ROOT

DEPLOY = ROOT / "deploy"
UNIT = (DEPLOY / "darial.service").read_text(encoding="utf-8")
DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = {
    path.name: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted(DEPLOY.glob("compose*.yml"))
}
SERVICES = [(name, service) for file in COMPOSE.values() for name, service in file["services"].items()]
OURS = [(name, service) for name, service in SERVICES if service["image"] == "darial"]
KNOWN = {"DARIAL_STORE", "DARIAL_SOURCES", "DARIAL_LOG_FORMAT"} | {
    variable(table, key) for table in TABLES for key in settings_keys(table)
}
MAX_EXPOSURE = 2.0


def is_command(line):
    """Whether a command line names a command of ours and its options, each of which exists."""
    name, *rest = line
    options = terminal.commands(main.build_commands())[name]
    return [word for word in rest if word.startswith("--")] == [word for word in rest if word in options]


def directives(name):
    return [line.partition("=")[2] for line in UNIT.splitlines() if line.startswith(f"{name}=")]


# ------------------------------------------------------------------------------------------ systemd


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_the_unit_is_hardened():
    """systemd's own measure of what a broken-into service could reach (10: anything)."""
    command = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(DEPLOY / "darial.service")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    exposure = re.search(r"Overall exposure level for darial.service: ([\d.]+)", done.stdout)
    assert exposure, done.stdout + done.stderr
    assert float(exposure[1]) <= MAX_EXPOSURE


def test_the_unit_starts_what_there_is():
    """ExecStart is a command line of ours; what it writes is what systemd lets it write."""
    (line,) = directives("ExecStart")
    program, *rest = shlex.split(line)
    assert program.endswith("/bin/darial")
    assert is_command(rest)
    store = rest[rest.index("--store") + 1]
    assert store == f"/var/lib/{directives('StateDirectory')[0]}"
    assert directives("Type") == ["notify"]
    assert float(directives("WatchdogSec")[0]) >= 30


def test_the_unit_does_not_restart_for_nothing():
    """Exit codes that another try cannot help are named."""
    assert directives("RestartPreventExitStatus") == [f"{main.USAGE} {main.LOCKED}"]


def test_every_key_stands_once():
    """systemd takes the last one silently; only lists may be repeated."""
    names = [line.partition("=")[0] for line in UNIT.splitlines() if re.match(r"[A-Z]\w+=", line)]
    assert {name for name in names if names.count(name) > 1} <= {"SystemCallFilter"}


# ------------------------------------------------------------------------------------------ the image


def test_what_the_image_copies_is_there():
    """Each file of a COPY exists and is let through by .dockerignore."""
    let_through = [
        line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")
    ]
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE):
        *files, _ = line.split()
        for name in files:
            assert (ROOT / name).exists(), name
            assert name in let_through, name


def test_the_image_has_every_package():
    """The folders that are copied hold every package that pyproject.toml installs."""
    import tomllib

    packages = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"][
        "include"
    ]
    copied = set(re.findall(r"^COPY (\w+) ", DOCKERFILE, re.MULTILINE))
    assert {package.rstrip("*") for package in packages} == copied


def test_the_image_runs_as_nobody():
    """Not as root, with a health check that asks an address of ours, with settings that exist."""
    assert re.search(r"^USER 10001:10001$", DOCKERFILE, re.MULTILINE)
    assert f"127.0.0.1:{WebSettings().port}/healthz" in DOCKERFILE
    assert f"EXPOSE {WebSettings().port}" in DOCKERFILE
    assert set(re.findall(r"\b(DARIAL_\w+)=", DOCKERFILE)) <= KNOWN
    assert DOCKERFILE.count("FROM ") == 2


def test_the_image_has_the_versions_that_were_tested():
    """Its lock is a part of the developers' lock."""

    def versions(path):
        return dict(re.findall(r"^([a-z0-9_.-]+)==(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE))

    tested = versions(ROOT / "requirements.lock")
    ours = versions(DEPLOY / "requirements.lock")
    assert {name: version for name, version in ours.items() if tested.get(name) != version} == {}
    assert "pytest" not in ours
    assert {"httpx", "selectolax", "litestar", "psycopg", "procrastinate"} <= ours.keys()


# ------------------------------------------------------------------------------------------ compose


@pytest.mark.parametrize("name, service", OURS, ids=[name for name, _ in OURS])
def test_services(name, service):
    """Read-only, without rights, built from what is here, with settings and commands that exist."""
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    build = service["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).resolve() == DEPLOY / "Dockerfile"
    assert {key for key in service["environment"] if key.startswith("DARIAL_")} <= KNOWN
    assert is_command(service.get("command", ["run"]))
    for volume in service["volumes"]:
        source, target, *mode = volume.split(":")
        if source.startswith("."):
            assert (DEPLOY / source).resolve().is_file(), source
            assert mode == ["ro"]
        assert target.startswith(("/data", "/etc/darial/"))


@pytest.mark.parametrize("file", COMPOSE)
def test_compose_files(file):
    """Only loopback is published, logs are bounded, every named volume and dependency exists, secrets are asked for."""
    services = COMPOSE[file]["services"]
    for service in services.values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
        assert service["logging"]["options"]["max-size"]
        assert set(service.get("depends_on", {})) <= services.keys()
        named = [v.split(":")[0] for v in service.get("volumes", []) if not v.startswith((".", "/"))]
        assert set(named) <= COMPOSE[file]["volumes"].keys()
        for key, value in service.get("environment", {}).items():
            if key.endswith(("TOKEN", "PASSWORD")):
                assert value.startswith("${")
                assert ":?" in value


def test_the_manual_knows_every_file():
    """docs/operating.md says what each file of deploy/ is for."""
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    assert [path.name for path in sorted(Path(DEPLOY).iterdir()) if f"deploy/{path.name}" not in page] == []
