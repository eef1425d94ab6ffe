"""Slots: what stands as `{{name}}` in an authored text and is drawn when the corpus is built.

Both labels draw from the same pools (`datasets/pools.toml`), so that no name, host, number, amount
or date can mark a label. One text draws each slot once: `{{bank}}` twice is the same bank,
`{{bank#2}}` is another. `{{url:bank}}` is on that bank's own host, `{{url:bank~fake}}` on an
imitation of it. Grammar of all slots: `datasets/README.md`.
"""

import datetime as dt
import hashlib
import random
import re
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, Final

from classifier.errors import CorpusError

SLOT: Final = re.compile(r"\{\{(?P<name>[a-z_0-9]+)(?P<index>#\d)?(?P<shift>[+-]\d+)?(?::(?P<arg>[^{}]+))?\}\}")
DATE_SLOTS: Final = ("date", "ymd", "md", "mdw", "slash", "month", "year", "wyear", "nendo")
TEL_KINDS: Final = ("landline", "free", "navi", "mobile", "050", "intl", "any")
_WEEKDAYS: Final = "月火水木金土日"
_AREA_CODES: Final = (
    "03",
    "06",
    "052",
    "045",
    "092",
    "011",
    "022",
    "082",
    "087",
    "048",
    "0422",
    "0463",
    "0270",
    "075",
    "043",
    "0985",
    "0259",
    "072",
    "0532",
    "0178",
)


@cache
def load_pools(path: Path) -> dict[str, Any]:
    """The pools of `datasets/pools.toml`; raises CorpusError when the file is missing."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise CorpusError(f"{path}: pools not found; run from a full checkout") from error


def seeded(*parts: object) -> random.Random:
    """A generator that depends on `parts` alone, the same on every machine and version."""
    key = "\x1f".join(str(part) for part in parts)
    return random.Random(int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big"))


class SlotDrawer:
    """Draws the slots of one text; every draw depends on `seed` and the slot's own name only."""

    def __init__(
        self,
        pools: dict[str, Any],
        seed: str,
        era: tuple[int, int],
        imitated: frozenset[str] = frozenset(),
        *,
        throwaway_hosts: bool = True,
    ) -> None:
        """`imitated` names the organisations whose hosts the text imitates: those are never invented.

        Without `throwaway_hosts`, an unrelated host is mostly somebody's service, as genuine senders use.
        """
        self._pools = pools
        self._imitated = imitated
        self._throwaway_share = 0.5 if throwaway_hosts else 0.1
        self._throwaway_endings = "endings_fake" if throwaway_hosts else "endings_plain"
        self._seed = seed
        self._drawn: dict[str, Any] = {}
        rng = seeded(seed, "date")
        year = max(rng.randint(*era), rng.randint(*era))
        last = dt.date(2026, 11, 15)
        self.issued = min(dt.date(year, 1, 4) + dt.timedelta(days=rng.randrange(360)), last)
        style = seeded(seed, "style")
        self._wide_digits = style.random() < 0.06
        self._plain_yen = style.random() < 0.12
        self._name_gap = style.choice(["", " ", "　"])
        self._tel_style = style.choice(["-", "-", "-", "-", "(", "wide"])

    def draw(self, slot: str) -> str:
        """The text for one slot such as `{{md+7}}`. Raises CorpusError for an unknown slot."""
        match = SLOT.fullmatch(slot)
        if match is None:
            raise CorpusError(f"{slot}: not a slot; see datasets/README.md")
        name, arg = match["name"], match["arg"]
        shift = int(match["shift"] or 0)
        key = f"{name}{match['index'] or ''}"
        if name in DATE_SLOTS:
            return self._date(name, shift)
        if name in self._pools["organisations"]:
            return str(self._organisation(key)[0])
        drawer: Callable[[str, str], str] | None = getattr(self, f"_slot_{name}", None)
        if drawer is None:
            raise CorpusError(f"{slot}: unknown slot {name!r}; see datasets/README.md")
        cache_key = f"{key}:{arg or ''}"
        if cache_key not in self._drawn:
            self._drawn[cache_key] = drawer(key, arg or "")
        return str(self._drawn[cache_key])

    def _rng(self, *parts: object) -> random.Random:
        return seeded(self._seed, *parts)

    def _organisation(self, key: str) -> list[str]:
        if key not in self._drawn:
            pool = self._pools["organisations"][key.split("#")[0]]
            base = self._rng(key.split("#")[0]).randrange(len(pool))
            step = int(key.split("#")[1]) - 1 if "#" in key else 0
            self._drawn[key] = self._invented(key) or pool[(base + step * 3) % len(pool)]
        return list(self._drawn[key])

    def _invented(self, key: str) -> list[str] | None:
        """An organisation nobody knows, ほしぞらカード at hoshizora-card.jp; None where a pooled one is drawn."""
        invented, rng = self._pools["invented"], self._rng("invented", key)
        trades = invented["trades"].get(key.split("#")[0])
        if trades is None or key in self._imitated or rng.random() >= invented["share"]:
            return None
        (stem, latin), (trade, label) = rng.choice(invented["stems"]), rng.choice(trades)
        gap = " " if stem.isascii() and rng.random() < 0.5 else ""
        host = f"{latin}{rng.choice(['-', '-', ''])}{label}" if rng.random() < 0.8 else latin
        return [f"{stem}{gap}{trade}", f"{host}.{rng.choice(invented['endings'])}"]

    # dates -----------------------------------------------------------------------------------
    def _date(self, name: str, shift: int) -> str:
        if name in ("month", "year", "wyear", "nendo"):
            months = self.issued.year * 12 + self.issued.month - 1
            months += shift if name == "month" else shift * 12
            year, month = divmod(months, 12)
            month += 1
            if name == "month":
                return self._digits(f"{month}月")
            if name == "year":
                return self._digits(f"{year}年")
            if name == "nendo":
                return self._digits(f"{_era_year(dt.date(year, month, 1), fiscal=True)}度")
            return self._digits(_era_year(dt.date(year, month, 1)))
        day = self.issued + dt.timedelta(days=shift)
        if name == "date":
            return self._digits(f"{_era_year(day)}{day.month}月{day.day}日")
        if name == "ymd":
            return self._digits(f"{day.year}年{day.month}月{day.day}日")
        if name == "slash":
            return f"{day.year}/{day.month:02d}/{day.day:02d}"
        if name == "mdw":
            return self._digits(f"{day.month}月{day.day}日({_WEEKDAYS[day.weekday()]})")
        return self._digits(f"{day.month}月{day.day}日")

    def _digits(self, text: str) -> str:
        if self._wide_digits:
            return text.translate(str.maketrans("0123456789,", "０１２３４５６７８９，"))
        return text

    # people and places -------------------------------------------------------------------------
    def _slot_surname(self, key: str, _arg: str) -> str:
        return str(self._rng(key.replace("surname", "person"), "s").choice(self._pools["people"]["surnames"]))

    def _slot_person(self, key: str, _arg: str) -> str:
        given = self._rng(key, "g").choice(self._pools["people"]["given"])
        surname = self._rng(key, "s").choice(self._pools["people"]["surnames"])
        return f"{surname}{self._name_gap}{given}"

    def _slot_pref(self, key: str, _arg: str) -> str:
        """The prefecture of `{{city}}` with the same number."""
        return str(self._city(key.replace("pref", "city"))[2])

    def _slot_city(self, key: str, _arg: str) -> str:
        return str(self._city(key)[0])

    def _city(self, key: str) -> list[str]:
        return list(self._rng(key).choice(self._pools["places"]["cities"]))

    def _slot_town(self, key: str, _arg: str) -> str:
        return str(self._rng(key).choice(self._pools["places"]["towns"]))

    def _slot_address(self, key: str, _arg: str) -> str:
        rng = self._rng(key)
        city, _, pref = self._city(key.replace("address", "city"))
        town = rng.choice(self._pools["places"]["towns"])
        number = rng.choice(["{}-{}", "{}-{}-{}", "{}丁目{}番{}号", "{}番地{}"])
        digits = [rng.randint(1, 29) for _ in range(number.count("{}"))]
        return self._digits(f"{pref}{city}{town}{number.format(*digits)}")

    def _slot_zip(self, key: str, _arg: str) -> str:
        rng = self._rng(key)
        return f"〒{rng.randint(10, 998):03d}-{rng.randint(0, 9999):04d}"

    def _slot_court(self, key: str, _arg: str) -> str:
        return str(self._rng("court").choice(self._pools["places"]["courts"]))

    def _slot_fake_agency(self, key: str, _arg: str) -> str:
        rng, parts = self._rng(key), self._pools["agency_parts"]
        return f"{rng.choice(parts['heads'])}{rng.choice(parts['tails'])}"

    # numbers -----------------------------------------------------------------------------------
    def _slot_id(self, key: str, arg: str) -> str:
        rng = self._rng(key, arg)
        swap = {"#": "0123456789", "A": "ABCDEFGHJKLMNPQRSTUVWXYZ", "a": "abcdefghijkmnpqrstuvwxyz"}
        return "".join(rng.choice(swap[c]) if c in swap else c for c in arg)

    def _amount(self, key: str, arg: str) -> str:
        try:
            low, high = (int(part) for part in (arg or "1000-90000").split("-"))
        except ValueError as error:
            raise CorpusError(f"{key}:{arg}: write a range such as yen:3000-50000") from error
        rng = self._rng(key, arg)
        value = rng.randint(low, high)
        roundness = rng.random()
        for limit, unit in ((0.08, 10000), (0.25, 1000), (0.5, 100), (0.65, 10)):
            if roundness < limit and value // unit * unit >= low:
                value = value // unit * unit
                break
        return self._digits(str(value) if self._plain_yen else f"{value:,}")

    def _slot_yen(self, key: str, arg: str) -> str:
        return f"{self._amount(key, arg)}円"

    def _slot_num(self, key: str, arg: str) -> str:
        return self._amount(key, arg)

    def _slot_time(self, key: str, arg: str) -> str:
        rng = self._rng(key, arg)
        return self._digits(f"{rng.randint(8, 21)}:{rng.randint(0, 59):02d}")

    def _slot_tel(self, key: str, arg: str) -> str:
        rng = self._rng(key, arg)
        kind = arg or rng.choices(["landline", "free", "navi", "050"], [60, 26, 9, 5])[0]
        if kind == "any":
            kind = rng.choices(["landline", "free", "navi", "050", "mobile"], [45, 18, 7, 12, 18])[0]
        parts: list[str]
        if kind == "landline":
            area = rng.choice(_AREA_CODES)
            middle = 6 - len(area)
            parts = [area, f"{rng.randint(2 * 10 ** (middle - 1), 10**middle - 1)}", _four(rng)]
        elif kind == "free":
            parts = rng.choice(
                [
                    ["0120", f"{rng.randint(100, 999)}", f"{rng.randint(0, 999):03d}"],
                    ["0800", f"{rng.randint(100, 999)}", _four(rng)],
                ]
            )
        elif kind == "navi":
            parts = ["0570", f"{rng.randint(0, 99):03d}", f"{rng.randint(0, 999):03d}"]
        elif kind == "mobile":
            parts = [rng.choice(["070", "080", "090", "080", "090"]), _four(rng, 1), _four(rng)]
        elif kind == "050":
            parts = ["050", _four(rng, 1), _four(rng)]
        elif kind == "intl":
            head = rng.choice(["+1 (833)", "+44 20", "+63 9", "010-1-844", "+1 877", "+86 138", "+1 332"])
            return f"{head} {rng.randint(100, 999)} {_four(rng)}"
        else:
            raise CorpusError(f"tel:{arg}: one of {', '.join(TEL_KINDS)}")
        if self._tel_style == "(" and kind == "landline":
            return f"{parts[0]}({parts[1]}){parts[2]}"
        number = "-".join(parts)
        if self._tel_style == "wide" and rng.random() < 0.3:
            return number.translate(str.maketrans("0123456789-", "０１２３４５６７８９－"))
        return number

    # hosts ---------------------------------------------------------------------------------------
    def _host(self, arg: str) -> str:
        """`bank`, `bank~fake`, `city`, `short`, `junk`: see datasets/README.md."""
        target, _, twist = arg.partition("~")
        rng = self._rng("host", arg)
        hosts = self._pools["hosts"]
        if target == "short":
            return str(rng.choice(hosts["shorteners"]))
        if target == "junk":
            if rng.random() < self._throwaway_share:
                return f"{_letters(rng, rng.randint(4, 9))}.{rng.choice(hosts[self._throwaway_endings])}"
            invented = self._pools["invented"]
            latin = rng.choice(invented["stems"])[1]
            return f"{latin}{rng.choice(['-', ''])}{rng.choice(hosts['services'])}.{rng.choice(invented['endings'])}"
        base = target.split("#")[0]
        if base == "city":
            official = f"www.city.{self._city(target)[1]}.lg.jp"
        elif base in self._pools["organisations"]:
            official = self._organisation(target)[1]
        else:
            raise CorpusError(f"url:{arg}: unknown organisation {base!r}; see datasets/README.md")
        if twist == "fake":
            return _imitation(official, rng, hosts)
        if twist:
            raise CorpusError(f"url:{arg}: only ~fake may follow the organisation")
        if base != "city" and rng.random() < hosts["third_party_share"]:
            name = official.split(".")[0]
            return f"{name}.{rng.choice(hosts['service_names'])}.{rng.choice(['jp', 'com', 'net', 'co.jp'])}"
        return official

    def _slot_host(self, _key: str, arg: str) -> str:
        return self._host(arg)

    def _slot_url(self, key: str, arg: str) -> str:
        rng, host = self._rng(key, "url", arg), self._host(arg)
        if arg == "short":
            return f"https://{host}/{_letters(rng, 7, mixed=True)}"
        path = rng.choice(self._pools["hosts"]["paths"])
        path = path.format(n=rng.randint(1000, 999999), r=_letters(rng, 6, mixed=True))
        scheme = "http" if rng.random() < 0.12 else "https"
        www = "www." if "~" not in arg and host.count(".") <= 2 and rng.random() < 0.6 else ""
        return f"{scheme}://{www}{host}{path}"

    def _slot_mail(self, key: str, arg: str) -> str:
        rng = self._rng(key, "mail", arg)
        local = rng.choice(["info", "support", "no-reply", "noreply", "contact", "mail", "service", "news"])
        if arg == "free":
            host = rng.choice(self._pools["hosts"]["free_mail"])
            local = f"{_letters(rng, rng.randint(4, 8))}{rng.choice(['', str(rng.randint(1, 9999))])}"
        else:
            host = self._host(arg)
        return f"{local}@{host.removeprefix('www.')}"


def _era_year(day: dt.date, *, fiscal: bool = False) -> str:
    """2026-11-10 -> 令和8年; with `fiscal`, January to March belong to the year before."""
    if fiscal and day.month < 4:
        day = day.replace(year=day.year - 1, month=12, day=1)
    if day >= dt.date(2019, 5, 1):
        number, era = day.year - 2018, "令和"
    elif day >= dt.date(1989, 1, 8):
        number, era = day.year - 1988, "平成"
    else:
        number, era = day.year - 1925, "昭和"
    return f"{era}{'元' if number == 1 else number}年"


def _four(rng: random.Random, low: int = 0) -> str:
    return f"{rng.randint(low * 1000, 9999):04d}"


def _letters(rng: random.Random, count: int, *, mixed: bool = False) -> str:
    alphabet = "abcdefghijkmnopqrstuvwxyz"
    if mixed:
        alphabet += "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return "".join(rng.choice(alphabet) for _ in range(count))


def _imitation(official: str, rng: random.Random, hosts: dict[str, Any]) -> str:
    """An imitation of a host, as fraudsters register them: smbc-card.com -> smbc-card.login-jp.top."""
    ending, word = rng.choice(hosts["endings_fake"]), rng.choice(hosts["words_fake"])
    labels = [part for part in official.split(".") if part not in ("www", "co", "jp", "com", "ne", "or", "go", "lg")]
    name = max(labels, key=len) if labels else official.split(".")[0]
    form = rng.randrange(8)
    if form == 0:
        return f"{name}-{word}.{ending}"
    if form == 1:
        return f"{official.replace('.', '-')}.{ending}"
    if form == 2:
        return f"{official}.{_letters(rng, 5)}.{ending}"
    if form == 3:
        return f"{name}.{_letters(rng, 4)}{word}.{ending}"
    if form == 4:
        position = rng.randrange(len(name))
        swap = {"o": "0", "l": "1", "i": "l", "m": "rn", "a": "aa", "e": "3"}
        return f"{name[:position]}{swap.get(name[position], name[position] * 2)}{name[position + 1 :]}.{ending}"
    if form == 5:
        return f"{word}-{name}.{ending}"
    if form == 6:
        return f"{name}{rng.randint(1, 999)}.{ending}"
    return f"www.{name}.{word}-{_letters(rng, 3)}.{ending}"
