"""The command line `scam-notice` (also `python -m classifier`).

Exit codes: 0 done, 2 bad usage or input, 1 failure. Errors are one line: what, where, what to do.
"""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from classifier.batch_cli import batch
from classifier.corpus_cli import corpus_app
from classifier.errors import (
    BundleMismatch,
    BundleMissing,
    ClusterUnreachable,
    ScamNoticeError,
    UnwritableOutput,
    WorkerLost,
)
from classifier.guidance_cli import guidance
from classifier.notice import MAX_CHARACTERS

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
app.add_typer(corpus_app, name="corpus")
app.command()(batch)
app.command()(guidance)
_Bundle = Annotated[Path | None, typer.Option(help="A bundle other than the shipped one.")]


@app.command()
def assess(
    file: Annotated[
        str, typer.Argument(help="A text file in UTF-8 or Shift_JIS; - or nothing reads standard input.")
    ] = "-",
    channel: Annotated[str, typer.Option(help="postcard letter sms email popup chat unknown")] = "unknown",
    as_json: Annotated[bool, typer.Option("--json", help="The assessment as JSON.")] = False,
    received_on: Annotated[str | None, typer.Option(help="The day it arrived, 2026-11-22.")] = None,
    answer: Annotated[list[str] | None, typer.Option(help="An answer to a question: recognise=no")] = None,
    prior: Annotated[float | None, typer.Option(help="Share of scams where the notice comes from, e.g. 0.1")] = None,
    why: Annotated[bool, typer.Option("--why", help="Also what moved the score, stretch by stretch.")] = False,
    bundle: _Bundle = None,
) -> None:
    """Reads one notice and says what it is and what to do."""
    from classifier.assessment import Assessor
    from classifier.notice import Notice
    from classifier.terminal import show, show_why

    if prior is not None and not 0 < prior < 1:
        raise typer.BadParameter(f"{prior} is no share between 0 and 1", param_hint="--prior")
    raw: dict[str, Any] = {"text": _read_text(file), "channel": channel, "received_on": received_on}
    notice = Notice.from_mapping({**raw, "answers": dict(_answers(answer or []))})
    assessor = Assessor.load(bundle)
    result = assessor.assess_many([notice], prior=prior)[0]
    moved = assessor.why(notice) if why else ()
    if as_json:
        fields = result.to_dict() | ({"why": [asdict(reason) for reason in moved]} if why else {})
        typer.echo(json.dumps(fields, ensure_ascii=False, indent=1))
    else:
        console = Console(highlight=False, soft_wrap=True)
        show(result, console)
        if why:
            show_why(moved, console)


@app.command()
def train(
    out: Annotated[Path | None, typer.Option(help="Where the bundle goes (default: inside the package).")] = None,
    force: Annotated[bool, typer.Option(help="Train even where nothing has changed.")] = False,
) -> None:
    """Trains the bundle from datasets/; does nothing where it is up to date."""
    from classifier.bundle import DEFAULT_BUNDLE
    from classifier.train import train as run

    run(out or DEFAULT_BUNDLE, typer.echo, force=force)


@app.command()
def evaluate(
    file: Annotated[Path | None, typer.Argument(help="Labelled JSON Lines; default: the frozen test split.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole report as JSON.")] = False,
    robust: Annotated[
        bool, typer.Option("--robust", help="Also disturb every text in each of the known ways.")
    ] = False,
    folder: Annotated[
        Path | None,
        typer.Option("--report", help="A folder for report.txt, report.json and pictures; implies --robust."),
    ] = None,
    as_table: Annotated[
        bool, typer.Option("--table", help="A Markdown table of the frozen test split beside FILE.")
    ] = False,
    bundle: _Bundle = None,
) -> None:
    """Says how good the model is on labelled notices."""
    from classifier import corpus
    from classifier.assessment import Assessor
    from classifier.evaluate import evaluate as run
    from classifier.evaluate import read_labelled
    from classifier.report import report_text, table, write_report
    from classifier.robustness import robustness

    assessor = Assessor.load(bundle)
    if file is None or as_table:
        records = [e.as_record() for e in corpus.build(corpus.read_authored()) if e.split == "test"]
        name = "the project's frozen test split"
    if as_table:
        reports = {"frozen test split": run(assessor, records)}
        if file:
            reports[file.name] = run(assessor, read_labelled(file))
        typer.echo(table(reports))
        return
    if file is not None:
        records, name = read_labelled(file), file.name
    report = run(assessor, records, reasons=folder is not None)
    if robust or folder:
        report["robustness"] = robustness(assessor, records)
    if folder:
        for path in write_report(report, name, folder):
            typer.echo(f"{path}: written", err=True)
    typer.echo(json.dumps(report, ensure_ascii=False, indent=1) if as_json else report_text(report, name))


@app.command()
def model(bundle: _Bundle = None) -> None:
    """Prints the card of the trained model."""
    from classifier.bundle import DEFAULT_BUNDLE, load_card

    typer.echo(json.dumps(load_card(bundle or DEFAULT_BUNDLE), ensure_ascii=False, indent=1))


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on (default 127.0.0.1).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (default 8000).")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes that share the model's memory (default 1).")] = None,
    database: Annotated[str | None, typer.Option(help="URL: sqlite:///FILE or postgresql://…")] = None,
) -> None:
    """Serves page and API until interrupted."""
    # The library never imports the API; it hands over to its process.
    given = {"--host": host, "--port": port, "--workers": workers, "--database": database}
    options = [word for name, value in given.items() if value is not None for word in (name, str(value))]
    os.execv(sys.executable, [sys.executable, "-m", "api", *options])


_PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


@app.command(context_settings=_PASS_ON, add_help_option=False)
def database(context: typer.Context) -> None:
    """The database of the service: upgrade, backup, restore."""
    _hand_over("database", context.args)


@app.command(context_settings=_PASS_ON, add_help_option=False)
def keys(context: typer.Context) -> None:
    """Keys for programs that use the service: add, list, revoke."""
    _hand_over("keys", context.args)


@app.command(context_settings=_PASS_ON, add_help_option=False)
def users(context: typer.Context) -> None:
    """Accounts of staff: add, list, password, close."""
    _hand_over("users", context.args)


@app.command("export-labels", context_settings=_PASS_ON, add_help_option=False)
def export_labels(context: typer.Context) -> None:
    """Decided cases as labelled, masked notices for retraining."""
    _hand_over("export-labels", context.args)


def _hand_over(command: str, arguments: list[str]) -> None:
    """The library never imports the API; a command that needs the database runs in the API's process."""
    os.execv(sys.executable, [sys.executable, "-m", "api.commands", command, *arguments])


@app.command()
def benchmark(
    file: Annotated[Path | None, typer.Argument(help="Labelled JSON Lines to rank beside the test split.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole report as JSON.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="The tables in Markdown.")] = False,
    speed: Annotated[bool, typer.Option("--speed", help="How fast it is instead of how good.")] = False,
    files: Annotated[
        bool, typer.Option("--files", help="Only how fast files are: long beside short, two workers beside one.")
    ] = False,
    rows: Annotated[int, typer.Option(min=2_000, help="With --speed or --files: rows of the long file.")] = 20_000,
    share: Annotated[float, typer.Option(min=0.01, max=1.0, help="For a quick look: this share of the texts.")] = 1.0,
) -> None:
    """Ranks the same notices with simpler means, trained in this run, and with the model; or says how fast it is."""
    from classifier import corpus
    from classifier.assessment import Assessor
    from classifier.baselines import benchmark as run
    from classifier.baselines import report_text
    from classifier.evaluate import read_labelled

    if files:
        from classifier.file_speed import files_lines, measure_files

        found = measure_files(rows, lambda line: typer.echo(f"measuring: {line}", err=True))
        shown = "\n".join(f"{title:42s}{figure}" for title, figure in files_lines(found))
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1) if as_json else shown)
        return
    if speed:
        from classifier.speed import measure
        from classifier.speed import report_text as speed_text

        measured = measure(rows, lambda line: typer.echo(f"measuring: {line}", err=True))
        typer.echo(json.dumps(measured, ensure_ascii=False, indent=1) if as_json else speed_text(measured))
        return
    labelled = {file.name: read_labelled(file)} if file else {}
    report = run(Assessor.load(), list(corpus.build(corpus.read_authored())), labelled, share)
    typer.echo(json.dumps(report, ensure_ascii=False, indent=1) if as_json else report_text(report, markdown=markdown))


@app.command()
def drift(
    old: Annotated[Path, typer.Argument(help="Messages of before: .jsonl .csv .parquet")],
    new: Annotated[Path, typer.Argument(help="Messages of now.")],
    text: Annotated[str, typer.Option(help="The column that holds the text.")] = "text",
    channel: Annotated[str | None, typer.Option(help="The column of the channel, or one channel for all rows.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
    bundle: _Bundle = None,
) -> None:
    """Says whether new messages are still like the old ones, and whether to worry."""
    from classifier.assessment import Assessor
    from classifier.batch import require_columns
    from classifier.columns import Columns
    from classifier.drift import drift as compare
    from classifier.drift import report_text, sample
    from classifier.rows import read_rows

    assessor, columns = Assessor.load(bundle), Columns(text, channel)
    for path in (old, new):
        if path.is_file():
            require_columns(path, columns)
    before, now = (sample(assessor, read_rows(path), columns) for path in (old, new))
    report = compare(before, now)
    typer.echo(json.dumps(report, ensure_ascii=False, indent=1) if as_json else report_text(report))


def main() -> None:
    """Entry point: runs the command and turns every error into one line and an exit code."""
    try:
        app(standalone_mode=True)
    except (BundleMissing, BundleMismatch, ClusterUnreachable, UnwritableOutput, WorkerLost) as error:
        _fail(error, 1)
    except ScamNoticeError as error:
        _fail(error, 2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        _fail(error, 1)


def _fail(error: Exception, code: int) -> None:
    message = " ".join(str(error).split())
    typer.echo(f"scam-notice: {message}", err=True)
    sys.exit(code)


def _read_text(file: str) -> str:
    from classifier.errors import UnreadableInput

    if file == "-":
        raw = sys.stdin.buffer.read(MAX_CHARACTERS * 4 + 1)
    else:
        try:
            with Path(file).open("rb") as stream:
                raw = stream.read(MAX_CHARACTERS * 4 + 1)
        except OSError as error:
            raise UnreadableInput(f"{file}: cannot be read ({error.strerror}); check the name") from error
    if b"\0" in raw:
        raise UnreadableInput(f"{file}: is not a text file; give the text of the notice")
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            if len(raw) > MAX_CHARACTERS * 4:
                return raw.decode(encoding, "ignore")
            continue
    raise UnreadableInput(f"{file}: is neither UTF-8 nor Shift_JIS; save it as UTF-8 text")


def _answers(pairs: list[str]) -> list[tuple[str, str]]:
    found = []
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise typer.BadParameter(f"{pair!r}: write question=yes, no or unknown", param_hint="--answer")
        found.append((name, value))
    return found
