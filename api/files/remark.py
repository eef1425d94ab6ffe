"""What a file shows that its text alone does not: where links really lead, who really sent it."""

from dataclasses import dataclass
from typing import Final

import tldextract

_SUFFIXES: Final = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


@dataclass(frozen=True, slots=True)
class Remark:
    """One observation. `code` is stable English, `detail` Japanese for people; hosts in it cannot be followed."""

    code: str
    detail: str


def same_owner(one: str, other: str) -> bool:
    """Whether two hosts belong to one registered domain: www.bank.co.jp and mail.bank.co.jp."""
    return _registered(one) == _registered(other)


def _registered(host: str) -> str:
    host = host.lower().strip(".")
    # Hosts for examples have no public suffix; their last two labels are what is registered.
    return _SUFFIXES(host).top_domain_under_public_suffix or ".".join(host.split(".")[-2:])
