"""The one-way import order of the design."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Every module may import only those that stand before it.
ORDER = [
    "errors", "vocabulary", "notice", "result", "knowledge", "normalise", "beginnings", "tokenise", "mask",
    "contacts", "places", "required", "patterns", "sentences", "retrieval", "narration", "reading",
    "sparse_rows", "terms", "word_vectors", "scorers", "names", "absences",
    "detectors", "red_flags", "green_flags", "counter_evidence", "perceptron", "absence_reader", "flag_reader",
    "due_dates", "extract", "features", "readers", "model", "why", "stories", "circumstances", "policy", "deadlines",
    "guidance", "harm",
    "bundle", "csv_rows", "rows", "columns", "records", "frames", "assessment", "estimator", "chunks", "parts",
    "row_writers", "workers", "batch", "slots", "layout", "corpus", "noise", "courtesy", "furniture", "audit",
    "measures", "flag_measures", "evaluate", "report", "plots", "model_card", "robustness", "leave_out", "near_copies",
    "drift",
    "servers", "rspamd", "baselines", "http_speed", "file_speed", "speed", "train", "flag_trial", "flag_scale",
    "terminal", "corpus_cli",
    "guidance_cli", "batch_cli", "cli", "__main__",
]  # fmt: skip


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            node.body.clear()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def module_files() -> list[Path]:
    return sorted((ROOT / "classifier").glob("*.py"))


def test_every_module_has_its_place() -> None:
    assert {p.stem for p in module_files()} - {"__init__"} | {"knowledge"} == set(ORDER)


@pytest.mark.parametrize("path", module_files(), ids=lambda p: p.stem)
def test_imports_run_one_way(path: Path) -> None:
    if path.stem == "__init__":
        return
    place = ORDER.index(path.stem)
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "classifier" and len(parts) > 1 and parts[1] in ORDER:
            assert ORDER.index(parts[1]) < place, f"{path.name} imports {name}"


@pytest.mark.parametrize("path", module_files(), ids=lambda p: p.stem)
def test_the_library_never_imports_the_api(path: Path) -> None:
    assert not {name for name in imports(path) if name.split(".")[0] == "api"}


def test_the_flow_fits_on_one_screen() -> None:
    tree = ast.parse((ROOT / "classifier/assessment.py").read_text(encoding="utf-8"))
    flow = next(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name == "_assess")
    assert flow.end_lineno is not None
    assert flow.end_lineno - flow.lineno < 45


def test_no_module_is_a_drawer_for_everything() -> None:
    names = {p.stem for folder in ("classifier", "api", "tests") for p in (ROOT / folder).rglob("*.py")}
    assert not names & {"utils", "helpers", "common", "misc"}
