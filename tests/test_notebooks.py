"""The notebooks run from the first cell to the last, and each answers the question that it begins with."""

import ast
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
LARGEST = 200_000


def test_there_are_five() -> None:
    assert [path.stem[:2] for path in NOTEBOOKS] == ["01", "02", "03", "04", "05"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_question_and_its_answer(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    place = {"metadata": {"path": str(path.parent)}}
    cells = NotebookClient(notebook, timeout=120, kernel_name="python3", resources=place).execute().cells
    assert cells[0].source.splitlines()[0].endswith(("?", "?")), "the first line asks"
    last = cells[-1].outputs[-1]["text"].strip()
    assert last.startswith("答え: "), "the last line answers"
    assert "nan" not in last
    shown = "".join(o.get("text", "") for cell in cells for o in cell.get("outputs", []))
    assert "Warning" not in shown


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_they_stay_small_and_define_nothing(path: Path) -> None:
    raw = path.read_text(encoding="utf-8")
    assert len(raw.encode()) < LARGEST
    assert str(ROOT) not in raw, "no path of somebody's machine"
    for cell in nbformat.reads(raw, as_version=4).cells:
        if cell.cell_type == "code":
            defined = [n for n in ast.walk(ast.parse(cell.source)) if isinstance(n, (ast.FunctionDef, ast.ClassDef))]
            assert not defined, "what a notebook needs is imported from classifier"
