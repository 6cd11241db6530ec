"""The pictures of README.md are small and load nothing."""

from __future__ import annotations

import re

from tests.support.helpers import ROOT
from tools.pictures import terminal


def test_the_pictures_are_small_and_load_nothing() -> None:
    pictures = {file.name: file.read_bytes() for file in (ROOT / "docs/pictures").iterdir()}
    assert pictures.keys() == {"preview.svg", "report.png"}
    assert sum(map(len, pictures.values())) < 150_000
    assert not re.search(rb"@import|(?:href|src)=|url\([^#]", pictures["preview.svg"])


def test_a_picture_of_the_terminal_has_its_colours_and_no_fonts_of_others() -> None:
    picture = terminal("augcli preview", "the \x1b[9;31mend\x1b[0m")
    assert "$&#160;augcli&#160;preview" in picture
    assert re.search(r"line-through", picture)
    assert "@font-face" not in picture
