"""The trained bundle on disk: artefacts and the manifest that vouches for them.

A pickle runs code when it is loaded, so nothing is unpickled before the SHA-256 of its file and the
versions of the libraries that wrote it have been checked against `manifest.json`. An artefact is two files:
`NAME.pickle`, small, and `NAME.arrays`, its arrays one after another. The arrays are mapped, not read: they cost
a process no memory of its own, and all processes on a machine share one copy.
"""

import hashlib
import json
import mmap
import os
import pickle
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from classifier.errors import BundleMismatch, BundleMissing

DEFAULT_BUNDLE: Final = Path(__file__).resolve().parent / "bundle"
FORMAT: Final = 2
LIBRARIES: Final = ("scikit-learn", "numpy", "scipy", "joblib", "fugashi", "unidic-lite")
_RETRAIN: Final = "run `scam-notice train` to build it anew"
# Where an array may begin: processors read it in pieces of this many bytes.
_ALIGNMENT: Final = 64


def library_versions() -> dict[str, str]:
    """The installed versions of the libraries that a bundle depends on."""
    return {name: version(name) for name in LIBRARIES}


def save_bundle(
    path: Path, artefacts: Mapping[str, Any], card: Mapping[str, Any], inputs_hash: str, card_text: str = ""
) -> None:
    """Writes artefacts, the card (JSON and text) and `manifest.json`; all or nothing at `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        places = {name: _write_artefact(staging, name, artefact) for name, artefact in artefacts.items()}
        (staging / "card.json").write_text(_json(card), encoding="utf-8")
        (staging / "MODEL_CARD.md").write_text(card_text, encoding="utf-8")
        files = {file.name: _sha256(file) for file in sorted(staging.iterdir())}
        manifest = {
            "format": FORMAT,
            "files": files,
            "arrays": places,
            "libraries": library_versions(),
            "inputs": inputs_hash,
        }
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


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle whose files have been checked, each as it is held here: what stands on disk later does not matter."""

    path: Path
    manifest: Mapping[str, Any]
    contents: Mapping[str, bytes | mmap.mmap]

    def artefact(self, name: str) -> Any:
        """One artefact, unpickled from the bytes that were checked. Raises BundleMismatch where there is none."""
        pickled, arrays = self.contents.get(f"{name}.pickle"), self.contents.get(f"{name}.arrays", b"")
        if pickled is None:
            raise BundleMismatch(f"{self.path}: the manifest names no {name}.pickle; {_RETRAIN}")
        view = memoryview(arrays)
        places = self.manifest["arrays"].get(name, [])
        return pickle.loads(pickled, buffers=[view[start : start + length] for start, length in places])

    @property
    def card(self) -> dict[str, Any]:
        """The model card as written by training."""
        return dict(json.loads(bytes(self.contents["card.json"])))

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits that stand for the artefacts of this bundle."""
        return hashlib.sha256(_json(self.manifest["files"]).encode()).hexdigest()[:12]


def open_bundle(path: Path) -> Bundle:
    """The bundle, after every file that its manifest names has been checked. Nothing is unpickled yet.

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
    contents: dict[str, bytes | mmap.mmap] = {}
    for name, expected in files.items():
        file = path / name
        if Path(name).name == name and file.is_file():
            contents[name] = _held(file)
        if name not in contents or hashlib.sha256(contents[name]).hexdigest() != expected:
            raise BundleMismatch(f"{file}: differs from the manifest; {_RETRAIN}")
    for name, expected in libraries.items():
        if (found := version(name)) != expected:
            raise BundleMismatch(f"{path}: trained with {name} {expected}, found {found}; {_RETRAIN}")
    return Bundle(path, manifest, contents)


def read_manifest(path: Path) -> dict[str, Any]:
    """The manifest of a bundle that has been checked: `open_bundle`."""
    return dict(open_bundle(path).manifest)


def load_card(path: Path) -> dict[str, Any]:
    """The card of a bundle that has been checked: `open_bundle`."""
    return open_bundle(path).card


def bundle_version(path: Path) -> str:
    """The version of a bundle that has been checked: `open_bundle`."""
    return open_bundle(path).version


def _write_artefact(folder: Path, name: str, artefact: Any) -> list[tuple[int, int]]:
    """Places (start, length) of its arrays in `NAME.arrays`, in the order in which the pickle asks for them."""
    buffers: list[pickle.PickleBuffer] = []
    pickled = pickle.dumps(artefact, protocol=5, buffer_callback=buffers.append)
    (folder / f"{name}.pickle").write_bytes(pickled)
    places = []
    with (folder / f"{name}.arrays").open("wb") as out:
        for buffer in buffers:
            out.write(b"\0" * (-out.tell() % _ALIGNMENT))
            places.append((out.tell(), buffer.raw().nbytes))
            out.write(buffer.raw())
    return places


def _held(file: Path) -> bytes | mmap.mmap:
    """What a file holds: arrays as a map of it, anything else in memory."""
    if file.suffix != ".arrays" or not file.stat().st_size:
        return file.read_bytes()
    with file.open("rb") as stream:
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
