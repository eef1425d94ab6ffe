"""The command line `scam-notice`."""

import random
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from classifier import corpus

app = typer.Typer(no_args_is_help=True, add_completion=False)
corpus_app = typer.Typer(no_args_is_help=True, help="The training texts: build, sample, check.")
app.add_typer(corpus_app, name="corpus")


@corpus_app.command("check")
def corpus_check(files: list[Path]) -> None:
    """Says what is wrong in authored files, then counts what is there."""
    wrong = 0
    for path in files:
        for problem in corpus.problems(path):
            typer.echo(problem)
            wrong += 1
    if wrong:
        typer.echo(f"{wrong} problems")
        raise typer.Exit(2)
    records = corpus.read_authored(files)
    typer.echo(f"{len(records)} notices, no problem")
    for name, counts in (
        ("label/channel", Counter(f"{r.label}/{r.channel}" for r in records)),
        ("scheme", Counter(str(r.scheme) for r in records)),
        ("kind", Counter(f"{r.label}/{r.document_kind}" for r in records)),
    ):
        typer.echo(f"{name}: " + ", ".join(f"{k} {v}" for k, v in counts.most_common()))


@corpus_app.command("sample")
def corpus_sample(
    files: Annotated[list[Path] | None, typer.Argument()] = None,
    count: int = 20,
    seed: int = 0,
) -> None:
    """Prints some texts as their receivers see them."""
    examples = list(corpus.build(corpus.read_authored(files or None)))
    for example in random.Random(seed).sample(examples, min(count, len(examples))):
        typer.echo(f"── {example.id} {example.label} {example.channel} {example.document_kind} {example.scheme or ''}")
        typer.echo(example.text)
        marks = [f"{m.flag}={example.text[m.start:m.end]}" if m.start is not None else m.flag for m in example.flags]
        typer.echo(f"   flags: {'; '.join(marks)}\n")


def main() -> None:
    """Entry point of the `scam-notice` command."""
    app()
