"""The trained bundle on disk: artefacts and the manifest that vouches for them.

A pickle runs code when it is loaded, so nothing is unpickled before the SHA-256 of its file and the
versions of the libraries that wrote it have been checked against `manifest.json`.
"""

import hashlib
import io
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import joblib

from classifier.errors import BundleMismatch, BundleMissing

DEFAULT_BUNDLE: Final = Path(__file__).resolve().parent / "bundle"
FORMAT: Final = 1
LIBRARIES: Final = ("scikit-learn", "numpy", "scipy", "joblib", "fugashi", "unidic-lite")
_RETRAIN: Final = "run `scam-notice train` to build it anew"


def library_versions() -> dict[str, str]:
    """The installed versions of the libraries that a bundle depends on."""
    return {name: version(name) for name in LIBRARIES}


def save_bundle(
    path: Path, artefacts: Mapping[str, Any], card: Mapping[str, Any], inputs_hash: str, card_text: str = ""
) -> None:
    """Writes artefacts (`NAME.joblib`), the card (JSON and text) and `manifest.json`; all or nothing at `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        for name, artefact in artefacts.items():
            joblib.dump(artefact, staging / f"{name}.joblib", compress=3)
        (staging / "card.json").write_text(_json(card), encoding="utf-8")
        (staging / "MODEL_CARD.md").write_text(card_text, encoding="utf-8")
        files = {file.name: _sha256(file) for file in sorted(staging.iterdir())}
        manifest = {"format": FORMAT, "files": files, "libraries": library_versions(), "inputs": inputs_hash}
        (staging / "manifest.json").write_text(_json(manifest), encoding="utf-8")
        staging.chmod(0o755)
        if path.exists():
            retired = Path(tempfile.mkdtemp(prefix=f".{path.name}-old-", dir=path.parent))
            os.replace(path, retired / "bundle")
            os.replace(staging, path)
            shutil.rmtree(retired)
        else:
            os.replace(staging, path)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest, after every file it names has been checked. Nothing is unpickled.

    Raises BundleMissing where there is none, BundleMismatch where a file or library differs.
    """
    try:
        manifest = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
        files, libraries = dict(manifest["files"]), dict(manifest["libraries"])
    except FileNotFoundError as error:
        raise BundleMissing(f"{path}: no trained bundle; {_RETRAIN}") from error
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise BundleMismatch(f"{path / 'manifest.json'}: unreadable manifest; {_RETRAIN}") from error
    if manifest.get("format") != FORMAT:
        raise BundleMismatch(f"{path}: format {manifest.get('format')}, this version reads {FORMAT}; {_RETRAIN}")
    for name, expected in files.items():
        file = path / name
        if Path(name).name != name or not file.is_file() or _sha256(file) != expected:
            raise BundleMismatch(f"{file}: differs from the manifest; {_RETRAIN}")
    for name, expected in libraries.items():
        if (found := version(name)) != expected:
            raise BundleMismatch(f"{path}: trained with {name} {expected}, found {found}; {_RETRAIN}")
    return dict(manifest)


def load_artefact(path: Path, name: str) -> Any:
    """One artefact of a bundle, unpickled after the manifest has been checked."""
    expected = read_manifest(path)["files"].get(f"{name}.joblib")
    if expected is None:
        raise BundleMismatch(f"{path}: the manifest names no {name}.joblib; {_RETRAIN}")
    checked = (path / f"{name}.joblib").read_bytes()
    if hashlib.sha256(checked).hexdigest() != expected:
        raise BundleMismatch(f"{path / name}.joblib: changed while it was read; {_RETRAIN}")
    return joblib.load(io.BytesIO(checked))


def load_card(path: Path) -> dict[str, Any]:
    """The model card as written by training."""
    read_manifest(path)
    return dict(json.loads((path / "card.json").read_text(encoding="utf-8")))


def bundle_version(path: Path) -> str:
    """Twelve hexadecimal digits that stand for the artefacts of this bundle."""
    files = read_manifest(path)["files"]
    return hashlib.sha256(_json(files).encode()).hexdigest()[:12]


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
