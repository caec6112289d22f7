"""The committed styles and scripts are small, complete and what a fresh build gives."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

KIT = Path(settings.ROOT) / "platform" / "kit" / "web"
ASSETS, BUILT = KIT / "assets", KIT / "static" / "kit"


def test_a_rebuild_gives_the_committed_files() -> None:
    if not (ASSETS / "node_modules").is_dir() or shutil.which("node") is None:
        pytest.skip("LOUD: assets/node_modules is not installed, so nobody checked that static/kit is the built one")

    result = subprocess.run(["node", "build.mjs", "--check"], cwd=ASSETS, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stderr


def test_every_icon_a_template_asks_for_is_there() -> None:
    sprite = (BUILT / "icons.svg").read_text()
    root = Path(settings.ROOT)
    pages = [
        page
        for top in ("platform", "tenants", "billing")
        for page in (root / top).rglob("*.html")
        if "node_modules" not in page.parts
    ]

    asked = {name for page in pages for name in re.findall(r'{% icon "([a-z0-9-]+)"', page.read_text())}

    assert asked
    assert not {name for name in asked if f'id="{name}"' not in sprite}


def test_the_lock_file_names_no_registry() -> None:
    lock = (ASSETS / "package-lock.json").read_text()

    assert '"resolved"' not in lock
    assert "http" not in re.sub(r'"(url|funding)": "[^"]*"', "", lock)


def test_nothing_is_fetched_from_outside() -> None:
    assert not re.search(r"url\((?!['\"]?data:)['\"]?(https?:)?//", (BUILT / "app.css").read_text())


def test_no_page_carries_inline_script_or_style() -> None:
    root = Path(settings.ROOT)
    pages = [
        page
        for top in ("platform", "tenants", "billing")
        for page in (root / top).rglob("*.html")
        if "node_modules" not in page.parts
    ]

    wrong = [
        page.name
        for page in pages
        if re.search(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|\shx-on|javascript:", page.read_text())
    ]

    assert not wrong
