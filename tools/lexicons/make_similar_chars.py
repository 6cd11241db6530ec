"""Makes similar_chars.txt: pairs of common Chinese characters that look alike.

    pip install --no-deps --target PIP pycorrector==1.1.4
    pip install pillow scipy jieba==0.42.1
    apt-get download fonts-noto-cjk && dpkg-deb -x fonts-noto-cjk_*.deb DEB
    python tools/lexicons/make_similar_chars.py --pip PIP --deb DEB

Each character is drawn in two fonts (Noto Sans and Noto Serif, OFL 1.1), and blurred; how alike two are is the
correlation of their pictures, less what all characters have in common. A pair that pycorrector lists (same_stroke.txt,
Apache-2.0) needs less of it than one that it does not.
"""

from __future__ import annotations

import argparse
from collections import Counter
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter

LEXICONS = Path(__file__).parents[2] / "augcli/lexicons"
FONTS = ("NotoSansCJK-Regular.ttc", "NotoSerifCJK-Regular.ttc")
SIMPLIFIED = 2
"""Number of the typeface for simplified Chinese in these files."""
SIZE = 32
LISTED, ANY = 0.45, 0.7
"""Correlation that a listed pair needs, and any other."""
HEAD = """\
# Simplified Chinese characters that look alike, a pair a line: tools/lexicons/make_similar_chars.py.
# Some are from same_stroke.txt of pycorrector 1.1.4 (https://github.com/shibing624/pycorrector, Apache-2.0). Changed:
# common characters only (GB2312 level 1), less what looks unlike in print; pairs added that look alike there.
"""


def common() -> list[str]:
    """The characters of GB2312 level 1, the most frequent in jieba's dictionary first."""
    spec = find_spec("jieba")
    assert spec, "jieba is not installed"
    assert spec.origin
    counts: Counter[str] = Counter()
    for line in (Path(spec.origin).parent / "dict.txt").read_text("utf-8").splitlines():
        word, count, _ = line.split(" ")
        counts.update(dict.fromkeys(word, int(count)))
    return [char for char, _ in counts.most_common() if 0xB0 <= char.encode("gb2312", "replace")[0] <= 0xD7]


def pictures(chars: list[str], font: Path) -> NDArray[np.float64]:
    """A row for each character, of length 1 and without what all have in common."""
    face = ImageFont.truetype(font, SIZE, index=SIMPLIFIED)
    rows = []
    for char in chars:
        image = Image.new("L", (SIZE + 4, SIZE + 4))
        ImageDraw.Draw(image).text((2, -6), char, 255, font=face)
        rows.append(gaussian_filter(np.asarray(image, np.float64), 1.0).ravel())
    drawn = np.array(rows)
    drawn -= drawn.mean(axis=0)
    drawn -= drawn.mean(axis=1, keepdims=True)
    lengths: NDArray[np.float64] = np.linalg.norm(drawn, axis=1, keepdims=True)
    return drawn / lengths


def listed(file: Path) -> set[frozenset[str]]:
    """The pairs of the groups in a file."""
    groups = [line.split() for line in file.read_text("utf-8").splitlines() if not line.startswith("#")]
    return {frozenset(pair) for group in groups for pair in combinations(group, 2)}


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser()
    for name in ("pip", "deb"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    chars = common()
    drawn = [pictures(chars, args.deb / "usr/share/fonts/opentype/noto" / font) for font in FONTS]
    likeness = np.mean([one @ one.T for one in drawn], axis=0)
    known = listed(args.pip / "pycorrector/data/same_stroke.txt")
    pairs = [
        (first, second)
        for row, first in enumerate(chars)
        for second, alike in zip(chars[row + 1 :], likeness[row, row + 1 :], strict=True)
        if alike >= ANY or (alike >= LISTED and {first, second} in known)
    ]
    lines = [*HEAD.splitlines(), *sorted(map("".join, pairs))]
    (LEXICONS / "similar_chars.txt").write_text("\n".join([*lines, ""]), encoding="utf-8")
    print(f"{len(pairs):,} pairs of {len({char for pair in pairs for char in pair}):,} characters")


if __name__ == "__main__":
    main()
