"""The keys of the staff's pages, and the ones that a person has put in their place (WCAG 2.1.4).

Only keys of one character stand here: Ctrl+Enter, Enter and Escape disturb no speech input and stay as they are.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from api.staff.choices import CHOICES

# What `User.shortcuts` holds beside the changed keys where somebody wants none at all.
ALL: Final = "all"
_OFF: Final = "off"


@dataclass(frozen=True, slots=True)
class Shortcut:
    """One key: its name in the templates, the usual key, what it does, and where."""

    name: str
    usual: str
    words: str
    where: str


def _of_choices(field: str, keys: str, words: str) -> list[Shortcut]:
    listed = enumerate(zip(keys, CHOICES[field].values(), strict=False), 1)
    return [Shortcut(f"{field}_{n}", key, f"{words}「{label}」を選ぶ", "案件") for n, (key, label) in listed]


SHORTCUTS: Final = (
    Shortcut("new_case", "n", "新しい案件をつくる", "どこでも"),
    Shortcut("search", "/", "言葉で探す", "一覧"),
    Shortcut("next_row", "j", "次の行へ", "一覧"),
    Shortcut("previous_row", "k", "前の行へ", "一覧"),
    Shortcut("next_page", "]", "次のページへ", "一覧"),
    *_of_choices("disposition", "123456789", "判断"),
    *_of_choices("result", "qwertyuiop", "処理結果"),
    Shortcut("note", "m", "メモを書く", "案件"),
    Shortcut("save", "s", "保存する", "案件"),
    Shortcut("undo", "z", "最後の変更を取り消す", "案件・まとまり"),
    Shortcut("unmask", "u", "名前や番号を出す", "案件"),
    Shortcut("help", "?", "使い方を開く", "どこでも"),
)


class BadKey(ValueError):
    """A key that cannot be one; `name` is the shortcut, the message is for people."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


def keys_of(chosen: Mapping[str, str]) -> dict[str, str]:
    """Every shortcut's key as `User.shortcuts` has it; "" where it is off."""
    off = chosen.get(ALL) == _OFF
    return {shortcut.name: "" if off else chosen.get(shortcut.name, shortcut.usual) for shortcut in SHORTCUTS}


def chosen_keys(typed: Mapping[str, str], *, on: bool) -> dict[str, str]:
    """What `User.shortcuts` keeps of the form: the keys that differ from the usual ones. Raises BadKey."""
    chosen: dict[str, str] = {} if on else {ALL: _OFF}
    taken: dict[str, Shortcut] = {}
    for shortcut in SHORTCUTS:
        key = unicodedata.normalize("NFKC", typed.get(shortcut.name, "")).strip()
        if len(key) > 1 or not (key.isascii() and key.isprintable()):
            raise BadKey(shortcut.name, f"「{shortcut.words}」のキーは、半角の1文字にしてください。")
        if key and key in taken:
            raise BadKey(shortcut.name, f"「{taken[key].words}」と「{shortcut.words}」が、同じキー「{key}」です。")
        if key:
            taken[key] = shortcut
        if key != shortcut.usual:
            chosen[shortcut.name] = key
    return chosen
