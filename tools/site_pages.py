"""Pages of the documentation site as mkdocs wants them, made from pages that read well in the repository."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parents[1]
_ELSEWHERE = {
    "README.md": "index.md",
    "README.zh.md": "zh.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "benchmarks/README.md": "benchmarks.md",
}
"""Pages that lie outside of docs/, and their names on the site."""
_ORIGIN = {name: path for path, name in _ELSEWHERE.items()}
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s#]*)(#[^)\s]*)?\)")
_FENCE = re.compile(r"^(```\w+) .+$", re.MULTILINE)


def anchor(heading: str, separator: str = "-") -> str:
    """The name under which a heading is linked to, as code hosts make it."""
    return re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", separator)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Headings get the same anchors as in the repository."""
    config.mdx_configs["toc"]["slugify"] = anchor
    return config


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """The site also has pages that lie outside of docs/."""
    for path, name in _ELSEWHERE.items():
        files.append(File.generated(config, name, abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Links to pages outside of docs/ lead to their places on the site; links to code become plain text."""
    name = page.file.src_uri
    origin = _ORIGIN.get(name, f"docs/{name}")

    def site_link(link: re.Match[str]) -> str:
        picture, text, target, head = link.groups(default="")
        if not target or "://" in target:
            return link[0]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(origin), target))
        found = _ELSEWHERE.get(path, path.removeprefix("docs/"))
        if files.get_file_from_path(found) is None and (ROOT / path).exists():
            return text
        return f"{picture}[{text}]({posixpath.relpath(found, posixpath.dirname(name) or '.')}{head})"

    return _FENCE.sub(r"\1", _LINK.sub(site_link, markdown))
