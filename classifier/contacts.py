"""Hosts, mail addresses and telephone numbers in a text, and what kind each is.

Hosts are split by the public-suffix list that ships with tldextract, offline; numbers are parsed by
phonenumbers. Read on normalised text, so full-width and dotted forms are found too.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from sys import maxsize
from typing import Final, Literal

import phonenumbers
import tldextract

from classifier.knowledge import read_toml

HostKind = Literal["official", "imitation", "shortener", "relay", "free_mail", "other", "example"]
PhoneKind = Literal["landline", "mobile", "ip_phone", "toll_free", "navi", "foreign", "public_desk"]

_URL: Final = re.compile(
    r"(?:h[tx]{2}ps?[:;]//?|www\.)[^\s<>\"'「」『』【】()（）。、|ぁ-んァ-ヶ一-鿿]+"
    r"|(?<![\w.@/-])(?:[a-z0-9-]{1,63}\.){1,5}(?:com|net|org|jp|cn|top|xyz|shop|icu|info|cc|cloud|online|site|club|vip|biz|me|ly|tk|ru|link|live|app|dev|goog|example|gd|la|co|io|id|asia|tokyo|work|fun|win|one)(?![\w.])(?:/[^\s<>\"'「」『』【】()、。ぁ-んァ-ヶ一-鿿]*)?"
)
_MAIL: Final = re.compile(r"[a-z0-9._%+-]{1,64}@(?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,12}")
_PHONE: Final = re.compile(
    r"(?<![\d.,])(?:\+\d{1,3}[ (-]{0,2}\d{1,4}[ )-]{0,2}(?:\d{2,4}[ -]?){1,3}\d"
    r"|010-?\d{1,3}-?\d{2,4}-?\d{2,4}(?:-?\d{2,4})?"
    r"|\(?0\d{1,4}\)?[ -./・]?\(?\d{1,4}\)?[ -./・]?\d{3,4}|#9110|(?<=[^\d])188(?=番|へ|に|\)|」|（|\())(?![\d,]|-\d)"
)
# 03ー1234ー5678: the long-vowel mark or a dash for a hyphen.
_DASHED_PHONE: Final = re.compile(r"0\d{1,4}[ー―]\d{1,4}[ー―]\d{3,4}")
_DASHES: Final = str.maketrans("ー―", "--")
_HOST: Final = re.compile(r"(?:h[tx]{2}ps?[:;]//?)?(?:[^/@\s]*@)?([^/:?#\s]+)")
# https://kuronekoyamato.co.jp@parcel.top: what stands before the @ is no host.
_POSING: Final = re.compile(r"(?:h[tx]{2}ps?[:;]//?)?[^/@\s]*\.[^/@\s]*@")
_OFFICIAL_IN: Final = re.compile(r"\.(?:co|go|ne|or|lg)\.jp\.")
_DOUBLED: Final = re.compile(r"([a-z])\1+")
_DIGITS: Final = "0123456789"
_ROMAJI: Final = re.compile(
    r"(?:(?:sh|ch|ts|ky|gy|ny|hy|by|py|my|ry|[kstnhmyrwgzjdbpf])?[aiueo]{1,2}|n(?![aiueoy])|(?:kk|tt|ss|pp)[aiueo])+"
)
_extract: Final = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


@dataclass(frozen=True, slots=True)
class Link:
    """A URL or bare host at `[start:end]` of the normalised text."""

    start: int
    end: int
    host: str
    kind: HostKind


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail address at `[start:end]` of the normalised text."""

    start: int
    end: int
    host: str
    kind: HostKind


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone number at `[start:end]` of the normalised text."""

    start: int
    end: int
    number: str
    kind: PhoneKind


@dataclass(frozen=True, slots=True)
class Contacts:
    """All contact points of one text, each list in order."""

    links: tuple[Link, ...]
    mails: tuple[Mail, ...]
    phones: tuple[Phone, ...]


def find_contacts(text: str) -> Contacts:
    """Contact points of a normalised text."""
    mails = (
        tuple(
            Mail(m.start(), m.end(), m[0].partition("@")[2], host_kind(m[0].partition("@")[2], mail=True))
            for m in _MAIL.finditer(text)
        )
        if "@" in text
        else ()
    )
    taken = [(mail.start, mail.end) for mail in mails]
    links = []
    for match in _URL.finditer(text):
        if _inside(match.start(), taken):
            continue
        end = match.start() + len(match[0].rstrip(".,;:!?)]】…"))
        host = _HOST.match(text[match.start() : end])
        name = host[1].strip(".") if host else ""
        if "." in name:
            posing = _POSING.match(text[match.start() : end]) is not None
            links.append(Link(match.start(), end, name, "imitation" if posing else host_kind(name)))
    taken = sorted(taken + [(link.start, link.end) for link in links])
    phones = []
    # Character for character, so that every offset stays.
    dashed = _DASHED_PHONE.sub(lambda match: match[0].translate(_DASHES), text)
    for match in _PHONE.finditer(dashed):
        if _inside(match.start(), taken):
            continue
        kind = phone_kind(match[0])
        if kind is not None:
            phones.append(Phone(match.start(), match.end(), match[0], kind))
    return Contacts(tuple(links), mails, tuple(phones))


def _inside(position: int, ranges: Sequence[tuple[int, int]]) -> bool:
    """Whether a position stands in one of the sorted, disjoint ranges."""
    number = bisect_right(ranges, (position, maxsize)) - 1
    return number >= 0 and ranges[number][0] <= position < ranges[number][1]


@cache
def _lists() -> tuple[
    frozenset[str], tuple[str, ...], tuple[str, ...], frozenset[str], tuple[str, ...], frozenset[str]
]:
    raw = read_toml("contacts.toml")
    official = raw["official"]["domains"]
    stems = {domain.partition(".")[0] for domain in official}
    return (
        frozenset(official),
        tuple(raw["official"]["suffixes"]),
        tuple(sorted({*raw["brands"]["latin"], *(stem for stem in stems if len(stem) > 4)})),
        frozenset(raw["shorteners"]["hosts"]),
        tuple(raw["shorteners"]["relays"]),
        frozenset(raw["free_mail"]["hosts"]),
    )


def host_kind(host: str, *, mail: bool = False) -> HostKind:
    """What kind a host is: `smbc-card.com` official, `smbc-card.login-jp.top` imitation."""
    official, suffixes, brands, shorteners, relays, free = _lists()
    if mail and host in free:
        return "free_mail"
    if host in shorteners:
        return "shortener"
    parts = _extract(host)
    registrable = parts.top_domain_under_public_suffix or host
    if registrable in official or parts.suffix in suffixes or any(host.endswith(f".{s}") for s in suffixes):
        return "official"
    stem = host.removesuffix(".example") if host.endswith(".example") else host
    if _like_shortener(stem):
        return "shortener"
    if _imitates(stem, brands, official):
        return "imitation"
    if any(host == relay or host.endswith(f".{relay}") for relay in relays):
        return "relay"
    return "example" if host.endswith(".example") else "other"


def _like_shortener(stem: str) -> bool:
    """t1ny.com, bitt-ly.vip, lihi-cc.jp: a host of another kind would tell whose it is."""
    names = frozenset(read_toml("contacts.toml")["shorteners"]["names"])
    name, _, rest = (_extract(stem).domain or stem).partition("-")
    words = {name + rest, name if len(rest) < 3 else ""}
    read = {_squash(word.rstrip("023456789").replace("1", letter)) for word in words for letter in "1i"}
    return not names.isdisjoint(read)


def _imitates(stem: str, brands: tuple[str, ...], official: frozenset[str]) -> bool:
    """Whether somebody else's host carries a known name: matsui.co.jp.abc.com, sbisec2.site, chuuden.cn."""
    if any(mark in stem for mark in ("go-jp", "co-jp", "ne-jp", "or-jp", "lg-jp", "-gov")) or _OFFICIAL_IN.search(stem):
        return True
    words = re.split(r"[.-]", stem)
    if any(f"{first}.{second}" in official for first, second in pairwise(words[:-1])):
        return True
    ending = len(_extract(stem).suffix.split(".")) if _extract(stem).suffix else 0
    labels = [_squash(label.replace("-", "")) for label in stem.split(".")[: len(stem.split(".")) - ending]]
    alone = {word.rstrip(_DIGITS) for word in (*words, *map(_squash, words))}
    names, plain, hyphened = _brands(brands)
    return (
        not names.isdisjoint(alone)
        or any(label.startswith(plain) or label.endswith(plain) for label in labels)
        or any(brand in stem for brand in hyphened)
    )


@cache
def _brands(brands: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...], tuple[str, ...]]:
    """The names; those long enough to be known within a word, without their disguises; those with a hyphen."""
    plain = (_squash(brand.replace("-", "")) for brand in brands)
    return frozenset(brands), tuple(name for name in plain if len(name) > 4), tuple(b for b in brands if "-" in b)


def _squash(word: str) -> str:
    """Undoes the usual disguises: 0 for o, 1 for l, rn for m, doubled letters (chuuden, shizuokabankk)."""
    if any(letter.isalpha() for letter in word):
        word = word.replace("0", "o").replace("1", "l").replace("rn", "m")
    return _DOUBLED.sub(r"\1", word)


@cache
def _service_words() -> frozenset[str]:
    return frozenset(read_toml("contacts.toml")["services"]["words"])


def telling(host: str) -> bool:
    """Whether a host reads like a name or a service (yamate-lpg, help-desk), not like random letters (bmtrsq)."""
    label = (_extract(host.removesuffix(".example")).domain or host).rstrip(_DIGITS)
    words = [word for word in label.split("-") if word]
    return any(word in _service_words() for word in words) or any(
        len(word) >= 5 and _ROMAJI.fullmatch(word) is not None for word in words
    )


@cache
def _public_numbers() -> frozenset[str]:
    return frozenset(number.replace("-", "") for number in read_toml("contacts.toml")["public_numbers"]["numbers"])


def phone_kind(number: str) -> PhoneKind | None:
    """What kind a number is; None where it cannot be a telephone number at all."""
    digits = re.sub(r"[^\d+#]", "", number)
    if digits in _public_numbers():
        return "public_desk"
    if digits.startswith("+81"):
        digits = "0" + digits[3:]
    if digits.startswith("+"):
        return "foreign" if 8 <= len(digits) <= 16 else None
    if digits.startswith("010") and len(digits) >= 11:
        return "foreign"
    if re.fullmatch(r"0120\d{6}|0800\d{7}", digits):
        return "toll_free"
    if re.fullmatch(r"0[789]0\d{8}", digits):
        return "mobile"
    if re.fullmatch(r"050\d{8}", digits):
        return "ip_phone"
    if re.fullmatch(r"0570\d{6}", digits):
        return "navi"
    if re.fullmatch(r"0\d{9}", digits):
        grouped = re.search(r"[^\d]", number) is not None
        # Ten digits in one piece may be a customer number: 0000334412
        if grouped or phonenumbers.is_valid_number(phonenumbers.parse(digits, "JP")):
            return "landline"
    return None


def defang(text: str) -> str:
    """A link or address that can be read and not followed: https://a.example -> hxxps://a[.]example"""
    return text.replace("http", "hxxp", 1).replace(".", "[.]").replace("@", "[@]")
