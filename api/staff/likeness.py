"""How alike two notices are: MinHash over the masked text, and the contacts that both name.

The masked text is the one the model reads (`Reading.model_text`): digits are 0, hosts and numbers their kind, so
that two drawings of one template stay alike.
"""

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import numpy as np
from datasketch import MinHash

from classifier.contacts import defang
from classifier.reading import Reading

PERMUTATIONS: Final = 128
# 32 bands of 4: texts that share half of their shingles meet in a band with 87 %, of 0.7 with 99.9 %.
_BANDS: Final = 32
_ROWS: Final = PERMUTATIONS // _BANDS
_SHINGLE: Final = 4
# Shorter texts share their few shingles by chance.
_ENOUGH: Final = 25
_SPACE: Final = re.compile(r"\s+")
# Anyone may be behind a shortener or a free mail host: the whole address is the sender's, the host is not.
_SHARED_HOSTS: Final = frozenset({"shortener", "relay", "free_mail"})


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """`signature` is empty for a text too short to compare; `contacts` are kind:value, without public desks."""

    signature: bytes
    bands: tuple[tuple[int, int], ...]
    contacts: frozenset[str]


def fingerprint(reading: Reading) -> Fingerprint:
    """What a case is compared by."""
    text = _SPACE.sub("", reading.model_text)
    if len(text) < _ENOUGH:
        return Fingerprint(b"", (), _contacts(reading))
    minhash = MinHash(num_perm=PERMUTATIONS, seed=1)
    shingles = {text[at : at + _SHINGLE] for at in range(len(text) - _SHINGLE + 1)}
    minhash.update_batch([shingle.encode() for shingle in sorted(shingles)])
    values = np.asarray(minhash.hashvalues, dtype="<u8")
    bands = tuple(
        (band, int.from_bytes(blake2b(rows.tobytes(), digest_size=8).digest(), "little", signed=True))
        for band, rows in enumerate(values.reshape(_BANDS, _ROWS))
    )
    return Fingerprint(values.tobytes(), bands, _contacts(reading))


def likeness(one: bytes, other: bytes) -> float:
    """The estimated share of common shingles, in [0, 1]; 0 where either text was too short."""
    if not one or not other:
        return 0.0
    return float(np.mean(np.frombuffer(one, dtype="<u8") == np.frombuffer(other, dtype="<u8")))


def _contacts(reading: Reading) -> frozenset[str]:
    text = reading.normalised.text
    found = reading.contacts
    values = {f"phone:{phone.number}" for phone in found.phones if phone.kind != "public_desk"}
    for link in found.links:
        if link.kind in _SHARED_HOSTS:
            values.add(f"url:{defang(text[link.start : link.end])}")
        elif link.kind not in ("official", "example"):
            values.add(f"url:{defang(link.host)}")
    values |= {f"mail:{text[mail.start : mail.end]}" for mail in found.mails if mail.kind != "official"}
    return frozenset(value[:120] for value in values)
