"""`scam-notice corpus`: the training texts, built, sampled and checked."""

import json
import os
import random
import tempfile
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from classifier import corpus

corpus_app = typer.Typer(no_args_is_help=True, help="The training texts: build, sample, check.")
_Files = Annotated[list[Path] | None, typer.Argument(help="Authored files; default: all of datasets/notices/.")]


@corpus_app.command("build")
def build(
    out: Annotated[Path, typer.Argument(metavar="OUT.jsonl")],
    authored_only: Annotated[bool, typer.Option("--authored-only", help="Each text once, nothing composed.")] = False,
    variants: Annotated[int, typer.Option(min=1, help="Drawings of each text, the authored one included.")] = 3,
) -> None:
    """Draws the slots, turns marks into offsets and writes notice records. The same command gives the same bytes."""
    examples = corpus.build(corpus.read_authored(), variants=1 if authored_only else variants)
    handle, name = tempfile.mkstemp(prefix=f".{out.name}-", dir=out.parent)
    count = 0
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        for example in examples:
            stream.write(json.dumps(example.as_record(), ensure_ascii=False) + "\n")
            count += 1
    os.replace(name, out)
    typer.echo(f"{out}: {count} notices")


@corpus_app.command("check")
def check(files: _Files = None) -> None:
    """Says what is wrong in authored files, then counts what is there."""
    paths = files or sorted(corpus.NOTICES.glob("*.jsonl"))
    problems = [problem for path in paths for problem in corpus.problems(path)]
    for problem in problems:
        typer.echo(problem)
    if problems:
        typer.echo(f"{len(problems)} problems")
        raise typer.Exit(2)
    records = corpus.read_authored(paths)
    typer.echo(f"{len(records)} notices, no problem")
    for name, counts in (
        ("label/channel", Counter(f"{r.label}/{r.channel}" for r in records)),
        ("scheme", Counter(str(r.scheme) for r in records)),
        ("kind", Counter(f"{r.label}/{r.document_kind}" for r in records)),
    ):
        typer.echo(f"{name}: " + ", ".join(f"{k} {v}" for k, v in counts.most_common()))


@corpus_app.command("sample")
def sample(files: _Files = None, count: int = 20, seed: int = 0) -> None:
    """Prints some texts as their receivers see them."""
    examples = list(corpus.build(corpus.read_authored(files or None)))
    for example in random.Random(seed).sample(examples, min(count, len(examples))):
        heading = f"{example.id} {example.label} {example.channel} {example.document_kind} {example.scheme or ''}"
        typer.echo(f"── {heading}\n{example.text}")
        marks = [f"{m.flag}={example.text[m.start : m.end]}" if m.start is not None else m.flag for m in example.flags]
        typer.echo(f"   flags: {'; '.join(marks)}\n")


@corpus_app.command("audit")
def audit(
    real: Annotated[Path | None, typer.Option(help="A labelled file of real notices to compare with.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Says whether the corpus teaches notices or its writers' habits."""
    from classifier.audit import audit as run
    from classifier.audit import report_text
    from classifier.evaluate import read_labelled

    records = corpus.read_authored()
    report = run(records, list(corpus.build(records)), read_labelled(real) if real else None)
    typer.echo(json.dumps(report, ensure_ascii=False, indent=1) if as_json else report_text(report))


@corpus_app.command("leave-out")
def leave_out(
    only: Annotated[list[str] | None, typer.Argument(metavar="[CLASS]…", help="A family, or kind/channel.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Trains without one scam family, or one form of genuine notice, and judges it; each in turn. Takes a while."""
    from classifier.leave_out import leave_out as run
    from classifier.leave_out import report_lines

    examples = list(corpus.build(corpus.read_authored()))
    report = run(examples, only or (), lambda line: typer.echo(line, err=as_json))
    if not report["rows"]:
        raise typer.BadParameter(f"no family or form of genuine notice is called {', '.join(only or ())}")
    typer.echo(json.dumps(report, ensure_ascii=False, indent=1) if as_json else "\n".join(report_lines(report)))


@corpus_app.command("flag-trial")
def flag_trial() -> None:
    """Says of each flag whether clauses read it better than its patterns, on authors not read before."""
    from classifier.flag_trial import flag_trial as run
    from classifier.flag_trial import line_of

    for row in run(list(corpus.build(corpus.read_authored()))):
        typer.echo(line_of(row))


@corpus_app.command("flag-scale")
def flag_scale() -> None:
    """Says what the flag rules cost: by length of text, with eight times as many, beside the tokenizer."""
    from classifier.flag_scale import flag_scale as run

    records = [record for record in corpus.read_authored() if corpus.split_of(record.group) == "test"]
    for name, value in run([example.text for example in corpus.build(records)]).items():
        typer.echo(f"{name.replace('_', ' '):28s}{value}")
