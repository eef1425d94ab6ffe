"""matplotlib with Japanese letters, where the machine has a font for them."""

import warnings
from typing import Final

from matplotlib import font_manager, rcParams

# The usual ones of Linux, macOS and Windows.
FONTS: Final = ("Noto Sans CJK JP", "Noto Sans JP", "IPAexGothic", "Hiragino Sans", "Yu Gothic", "Meiryo")


def use_japanese_font() -> str | None:
    """Chooses the first of `FONTS` that is installed for all further pictures; warns where there is none."""
    installed = {font.name for font in font_manager.fontManager.ttflist}
    font = next((name for name in FONTS if name in installed), None)
    if font is None:
        warnings.warn("no Japanese font found; install fonts-noto-cjk or the like", stacklevel=2)
    else:
        rcParams["font.family"] = font
        rcParams["axes.unicode_minus"] = False
    return font
