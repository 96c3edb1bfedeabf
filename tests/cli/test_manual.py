"""The reference is what the code says, the manual pages are whole, the site builds without a warning and asks nobody."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest

from scraper.cli import main, manual, terminal
from scraper.error_messages import CAUSES
from tests.support.shared import ROOT

COMMANDS = {
    f"darial {path}".strip(): options for path, options in terminal.commands(main.build_commands()).items()
}
WRITTEN = {"commands.md": manual.commands_page, "errors.md": manual.errors_page}


@pytest.mark.parametrize("name, write", WRITTEN.items(), ids=WRITTEN)
def test_the_reference_is_up_to_date(name, write):
    """docs/ has what the code says; if not: `make reference`."""
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == write()


@pytest.mark.parametrize("path, options", COMMANDS.items(), ids=COMMANDS)
def test_every_command_and_option_is_in_the_reference(path, options):
    """Each command has its heading, each option its line with words of explanation, each can be run by an example."""
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    _, heading, section = text.partition(f"# `{path}`\n")
    assert heading, path
    section = section.split("\n#")[0]
    for option in options:
        assert (
            re.search(rf"^\* `(?:-\w, )?{option}\b.*`: \S.{{4}}", section, re.MULTILINE)
            or f"/ {option}" in section
        ), option
    assert "**Commands**" in section or "Example" in section


def test_every_error_code_is_in_the_reference():
    """Each once."""
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    assert [code for code in CAUSES if text.count(f"| `{code}` |") != 1] == []


@pytest.mark.parametrize("name, text", manual.man_pages().items(), ids=list(manual.man_pages()))
def test_manual_pages(name, text):
    """Each page has its sections, and troff has nothing to complain of."""
    for section in ("NAME", "SYNOPSIS", "DESCRIPTION"):
        assert f".SH {section}\n" in text
    assert "\b" not in text
    if shutil.which("groff"):
        command = ["groff", "-man", "-Tutf8", "-ww", "-Kutf8", "-P-c"]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
        assert name.removesuffix(".1").upper() in done.stdout


def test_lines_that_troff_would_obey():
    """A line of help that begins like a request, or holds escapes, is text."""
    page = manual.man_page("darial x", "Usage: darial x\n\n  Do it.\n\n.so /etc/passwd\n'br \\n")
    assert "\n\\&.so /etc/passwd\n" in page
    assert "\n\\&'br \\en\n" in page


def test_writing_them(tmp_path):
    """`make man` writes a page for every command; a wrong call says how."""
    assert manual.write_reference(["man", str(tmp_path / "man")]) == 0
    assert len(list((tmp_path / "man").iterdir())) == len(COMMANDS)
    assert manual.write_reference(["nonsense"]) == 2


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The documentation, built; warnings are errors."""
    pytest.importorskip("material", reason="mkdocs-material is not installed")
    folder = tmp_path_factory.mktemp("docs") / "site"
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_every_page_is_on_the_site(site):
    """Each file of docs/ became a page that the navigation leads to."""
    start = (site / "index.html").read_text(encoding="utf-8")
    for path in [*(ROOT / "docs").glob("*.md"), *(ROOT / "docs" / "decisions").glob("*.md")]:
        page = path.relative_to(ROOT / "docs").with_suffix(".html")
        assert (site / page).is_file(), page
        assert f'href="{page}"' in start, page


def test_the_site_asks_nobody(site):
    """No page loads a font, a script, a style or a picture from elsewhere."""
    loads = re.compile(
        r"<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)=\"?((?:https?:)?//[^\"\s>]+)",
        re.IGNORECASE,
    )
    found = {page.name: loads.findall(page.read_text(encoding="utf-8")) for page in site.rglob("*.html")}
    assert {name: addresses for name, addresses in found.items() if addresses} == {}
    styles = "".join(path.read_text(encoding="utf-8") for path in site.rglob("*.css"))
    assert re.findall(r"url\([\"']?(?:https?:)?//[^)]+\)|@import[^;]+", styles) == []


def test_the_tutorial_works(tmp_path):
    """Every command of the tutorial, in its order, in an empty directory: exit 0 and something said."""
    text = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
    lines = "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)).splitlines()
    assert len([line for line in lines if "darial" in line]) >= 10
    (tmp_path / "darial").write_text(
        f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m darial "$@"\n'
    )
    (tmp_path / "darial").chmod(0o755)
    script = "set -eu\nPATH=$PWD:$PATH\n" + "\n".join(lines)
    done = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "bug:" not in done.stderr
