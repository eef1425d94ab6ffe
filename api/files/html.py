"""HTML as the receiver saw it: visible text with its line breaks, and behind every link its real target."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from api.files.limits import HTML_TAGS
from api.files.remark import Remark, same_owner
from api.problems import Problem
from classifier.contacts import defang, find_contacts
from classifier.normalise import normalise

_LINKS: Final = 500
_REMARKS: Final = 5
# Stands for a line break while white space is folded, since a line break in HTML is a space.
_BREAK: Final = "\x1e"
_BLOCKS: Final = (
    "p, div, tr, li, h1, h2, h3, h4, h5, h6, table, ul, ol, blockquote, pre, section, article, header, footer, td"
)
_UNSEEN: Final = "script, style, head, title, template, noscript, [hidden]"
_HIDDEN_STYLE: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])|opacity\s*:\s*0(?![.\d])"
)


@dataclass(frozen=True, slots=True)
class VisibleText:
    """The text, and what its links hide."""

    text: str
    remarks: tuple[Remark, ...]


def visible_text(html: str) -> VisibleText:
    """What a reader saw of `html`; `今すぐ確認 https://real.example/` where 今すぐ確認 was a link.

    Raises Problem `file_too_complex` for one of more tags than a mail has: the parser's time grows with the square
    of their depth.
    """
    if html.count("<") > HTML_TAGS:
        raise Problem("file_too_complex")
    tree = LexborHTMLParser(html)
    for node in tree.css(_UNSEEN):
        node.decompose()
    for node in tree.css("[style]"):
        # Words that nobody sees are there to mislead filters.
        if _HIDDEN_STYLE.search((node.attributes.get("style") or "").lower()):
            node.decompose()
    remarks: dict[str, Remark] = {}
    for link in tree.css("a[href]")[:_LINKS]:
        remark = _show_target(link)
        if remark and len(remarks) < _REMARKS:
            remarks.setdefault(remark.detail, remark)
    for node in tree.css("br"):
        node.insert_before(_BREAK)
    for node in tree.css(_BLOCKS):
        node.insert_before(_BREAK)
        node.insert_after(_BREAK)
    root = tree.body or tree.root
    text = re.sub(r"[ \t\r\n\f]+", " ", root.text(deep=True) if root else "")
    lines = (line.strip(" ") for line in re.sub(f"{_BREAK}(?: *{_BREAK})+", _BREAK, text).split(_BREAK))
    return VisibleText("\n".join(lines).strip(), tuple(remarks.values()))


def _show_target(link: LexborNode) -> Remark | None:
    target = (link.attributes.get("href") or "").strip()
    try:
        parts = urlsplit(target)
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    shown = link.text(deep=True).strip()
    hosts = [found.host for found in find_contacts(normalise(shown[:2000]).text).links]
    if not any(named == host for named in hosts):
        link.insert_after(f" {target} ")
    elsewhere = [named for named in hosts if not same_owner(named, host)]
    if not elsewhere:
        return None
    return Remark(
        "link_leads_elsewhere",
        f"「{defang(elsewhere[0])}」と見えるリンクは、本当は「{defang(host)}」につながります。",
    )
