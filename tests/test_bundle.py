"""Nothing is unpickled before its hash has been checked."""

import json
import pickle
from pathlib import Path
from typing import Any

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
