"""Hosts, addresses and numbers, and what kind each is."""

import pytest

from classifier.contacts import defang, find_contacts, host_kind
from classifier.normalise import normalise


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("www.smbc-card.com", "official"),
        ("www.city.aoba.lg.jp", "official"),
        ("nta.go.jp", "official"),
        ("smbc-card.login-jp.top", "imitation"),
        ("nta.go.jp.abc.top", "imitation"),
        ("myna-koushin.cao-go-jp.example", "imitation"),
        ("amaz0n-update.com", "imitation"),
        ("jp-post.redelivery.life", "imitation"),
        ("bit.ly", "shortener"),
        ("t1ny.cc", "shortener"),
        ("bitt-ly.top", "shortener"),
        ("lihi-jp.com", "shortener"),
        ("lihi7.cc", "shortener"),
        ("tiny-house.jp", "other"),
        ("shop.duckdns.org", "relay"),
        ("hiiragi-books.co.jp", "other"),
        ("aoba.example", "example"),
    ],
)
def test_host_kind(host: str, kind: str) -> None:
    assert host_kind(host) == kind


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("０１２０－１２３－４５６まで", [("0120-123-456", "toll_free")]),
        ("電話03(1234)5678平日", [("03(1234)5678", "landline")]),
        ("090-1234-5678に連絡", [("090-1234-5678", "mobile")]),
        ("050-1234-5678", [("050-1234-5678", "ip_phone")]),
        ("電話〇三-一二三四-五六七八まで", [("03-1234-5678", "landline")]),
        ("〇九〇一二三四五六七八", [("09012345678", "mobile")]),
        ("03ー1234ー5678", [("03-1234-5678", "landline")]),
        ("二〇二六年一一月二〇日 一二、〇〇〇円", []),
        ("+44 20 115 8742", [("+44 20 115 8742", "foreign")]),
        ("0570-012-345(ナビダイヤル)", [("0570-012-345", "navi")]),
        ("消費者ホットライン188へ", [("188", "public_desk")]),
        ("令和8年(ロ)第20418号 386,240円 2026.10.11", []),
        ("口座番号 1234567", []),
    ],
)
def test_phones(text: str, numbers: list[tuple[str, str]]) -> None:
    assert [(p.number, p.kind) for p in find_contacts(normalise(text).text).phones] == numbers


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("こちらhttps://nta-nouzei.example/pから", ["nta-nouzei.example"]),
        ("hxxps://bad.top/a。次", ["bad.top"]),
        ("http://user@evil.top/x", ["evil.top"]),
        ("sagawa-wso.jp をご覧", ["sagawa-wso.jp"]),
        ("3.5倍です。a.b", []),
    ],
)
def test_links(text: str, hosts: list[str]) -> None:
    assert [link.host for link in find_contacts(normalise(text).text).links] == hosts


def test_mail_addresses_are_not_links() -> None:
    contacts = find_contacts("info@smbc-card.com まで")
    assert [(m.host, m.kind) for m in contacts.mails] == [("smbc-card.com", "official")]
    assert contacts.links == ()


def test_defanged_links_cannot_be_followed() -> None:
    assert defang("https://a.example/x@y") == "hxxps://a[.]example/x[@]y"
