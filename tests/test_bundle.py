"""Nothing is unpickled before its hash has been checked."""

import json
import mmap
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classifier import bundle
from classifier.assessment import Assessor
from classifier.errors import BundleMismatch, BundleMissing


class Bomb:
    """Unpickling this writes a file: a stand-in for code hidden in a pickle."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return (open, (self.path, "w"))


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "bundle"
    bundle.save_bundle(path, {"model": {"a": 1}}, {"cutoffs": {}}, "inputs")
    return path


def test_round_trip(saved: Path) -> None:
    assert bundle.open_bundle(saved).artefact("model") == {"a": 1}
    assert bundle.load_card(saved) == {"cutoffs": {}}


def test_missing_bundle_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BundleMissing, match="scam-notice train"):
        Assessor.load(tmp_path / "nowhere")


def test_a_changed_artefact_is_never_unpickled(saved: Path, tmp_path: Path) -> None:
    trace = tmp_path / "exploded"
    (saved / "model.pickle").write_bytes(pickle.dumps(Bomb(str(trace))))
    with pytest.raises(BundleMismatch, match="differs from the manifest"):
        Assessor.load(saved)
    assert not trace.exists()


@pytest.mark.parametrize(
    "break_it",
    [
        lambda m: m.update(format=99),
        lambda m: m["libraries"].update({"scikit-learn": "0.1"}),
        lambda m: m["files"].update({"gone.pickle": "0"}),
        lambda m: m["files"].update({"../../etc/passwd": "0"}),
        lambda m: m.pop("files"),
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(saved: Path, break_it: Any) -> None:
    manifest = json.loads((saved / "manifest.json").read_text())
    break_it(manifest)
    (saved / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(BundleMismatch, match="scam-notice train"):
        bundle.open_bundle(saved)


def test_a_manifest_that_is_no_json_is_refused(saved: Path) -> None:
    (saved / "manifest.json").write_bytes(b"\xff{")
    with pytest.raises(BundleMismatch):
        bundle.read_manifest(saved)


def test_saving_again_replaces_the_whole(saved: Path) -> None:
    bundle.save_bundle(saved, {"other": 2}, {}, "new")
    names = ["MODEL_CARD.md", "card.json", "manifest.json", "other.arrays", "other.pickle"]
    assert sorted(p.name for p in saved.iterdir()) == names
    assert [p.name for p in saved.parent.iterdir()] == ["bundle"]


def test_the_same_content_has_the_same_version(saved: Path) -> None:
    before = bundle.bundle_version(saved)
    bundle.save_bundle(saved, {"model": {"a": 1}}, {"cutoffs": {}}, "inputs")
    assert bundle.bundle_version(saved) == before


def test_arrays_are_mapped_and_shared_not_copied(tmp_path: Path) -> None:
    path = tmp_path / "bundle"
    artefact = {"weights": np.arange(100_000, dtype=np.float32).reshape(100, 1000), "none": np.zeros(0), "names": ["a"]}
    bundle.save_bundle(path, {"model": artefact, "flags": {"b": np.ones(3)}}, {}, "inputs")
    opened = bundle.open_bundle(path)
    found = opened.artefact("model")
    for name in ("weights", "none"):
        np.testing.assert_array_equal(found[name], artefact[name])
    assert found["names"] == ["a"]
    assert isinstance(opened.contents["model.arrays"], mmap.mmap)
    assert not found["weights"].flags.owndata, "a process holds no copy of its own"
    assert not found["weights"].flags.writeable, "what all share, nobody changes"
    assert found["weights"].ctypes.data % 64 == 0


def test_a_changed_array_is_refused(saved: Path) -> None:
    bundle.save_bundle(saved, {"model": {"a": np.arange(1000)}}, {}, "inputs")
    raw = bytearray((saved / "model.arrays").read_bytes())
    raw[500] ^= 1
    (saved / "model.arrays").write_bytes(raw)
    with pytest.raises(BundleMismatch, match=r"model\.arrays: differs"):
        bundle.open_bundle(saved)


def test_one_notice_needs_no_scikit_learn() -> None:
    """Importing it takes longer than everything else; whoever brings it back to the way of one notice sees it here."""
    code = (
        "import sys; from classifier import Assessor; Assessor.load().assess('未納料金があります。');"
        "print([m for m in ('sklearn', 'pandas', 'pyarrow', 'joblib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
