"""`scam-notice batch`: many rows, with what is going on and what came of it on standard error."""

import datetime as dt
import signal
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import typer

from classifier.errors import UnreadableInput, UnwritableOutput

_PIPE: Final = "-"


def batch(
    source: Annotated[
        str, typer.Argument(metavar="IN", help=".jsonl .csv .tsv .parquet, or - for JSON Lines from standard input")
    ],
    target: Annotated[
        str, typer.Argument(metavar="OUT", help=".jsonl .csv .tsv .parquet, or - for JSON Lines to standard output")
    ],
    text: Annotated[str, typer.Option(help="The column that holds the text.")] = "text",
    channel: Annotated[str | None, typer.Option(help="The column of the channel, or one channel for all rows.")] = None,
    subject: Annotated[str | None, typer.Option(help="The column of a mail's subject; default: subject.")] = None,
    sender: Annotated[str | None, typer.Option(help="The column of the sender; default: sender.")] = None,
    received_on: Annotated[
        str | None,
        typer.Option(help="The column of the day it arrived (2026-11-16, 2026/11/16 9:30); default: received_on."),
    ] = None,
    answers: Annotated[
        str | None, typer.Option(help='The column of answers, objects as {"recognise": "no"}; default: answers.')
    ] = None,
    read_on: Annotated[
        str | None, typer.Option(help="The day by which deadlines have passed or not; default: today in Japan.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes; default: as many as there are cores.")] = None,
    dask: Annotated[
        str | None, typer.Option(help="The address of a Dask scheduler, tcp://host:8786: its workers do the work.")
    ] = None,
    flat: Annotated[bool, typer.Option("--flat", help="One value a column instead of lists and objects.")] = False,
    prior: Annotated[float | None, typer.Option(help="Share of scams where the rows come from, e.g. 0.05")] = None,
    bundle: Annotated[Path | None, typer.Option(help="A bundle other than the shipped one.")] = None,
) -> None:
    """Assesses every row of a file; an interrupted run resumes when it is called again.

    Every column is kept, an id too. With a day of receipt a possible payment order gets the last day to object.
    A day that cannot be read costs its row that alone, and `error` says so.
    """
    from classifier.batch import assess_file, assess_rows, option_of, require_columns, work_of
    from classifier.columns import Columns
    from classifier.records import Summary
    from classifier.rows import count_rows, format_of, read_json_lines

    if prior is not None and not 0 < prior < 1:
        raise typer.BadParameter(f"{prior} is no share between 0 and 1", param_hint="--prior")
    for name in (source, target):
        if name != _PIPE:
            format_of(Path(name))
    shape: Literal["flat", "nested"] = "flat" if flat else "nested"
    columns = Columns(text, channel, subject, sender, received_on, answers)
    work = work_of(columns, shape=shape, prior=prior, bundle=bundle, read_on=_day(read_on))
    if source != _PIPE:
        _require_file(source)
        require_columns(Path(source), columns)
    total = None if source == _PIPE else count_rows(Path(source))

    def engine() -> AbstractContextManager[Any]:
        return _engine(total, workers, dask)

    # `kill` and Ctrl-C end a run alike: workers first, and what is finished is kept.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if target == _PIPE:
        summary = _to_standard_output(source, work, engine)
    else:
        with _bar(total) as bar:

            def progress(so_far: Summary) -> None:
                # What an earlier run has done says nothing of how fast this one is.
                bar.initial = so_far.resumed
                bar.update(so_far.rows - bar.n)

            if source == _PIPE:
                rows = read_json_lines(sys.stdin.buffer)
                summary = assess_rows(rows, Path(target), work, engine=engine, progress=progress)
            else:
                try:
                    summary = assess_file(Path(source), Path(target), work, engine=engine, progress=progress)
                except KeyboardInterrupt:
                    bar.close()
                    typer.echo("scam-notice: interrupted; the same command goes on from here", err=True)
                    raise
    typer.echo(said(summary), err=True)
    if summary.rows and summary.errors == summary.rows:
        typer.echo(
            f"scam-notice: no row of {source} could be assessed; look at `error`, and at --text and --channel", err=True
        )
        raise typer.Exit(2)
    if summary.rows and (missing := columns.missing(summary.columns)) is not None:
        part, name = missing
        typer.echo(f"scam-notice: no row of {source} has a column {name!r}; look at {option_of(part)}", err=True)
        raise typer.Exit(2)


def said(summary: Any) -> str:
    """What a run came to, for a person."""
    resumed = f" ({summary.resumed:,} from an earlier run)" if summary.resumed else ""
    lines = [f"{summary.rows:,} rows{resumed}"]
    for title, counts in (("verdicts", summary.verdicts), ("schemes", summary.schemes)):
        found = ", ".join(f"{name} {count:,}" for name, count in counts.most_common())
        lines.append(f"{title + ':':13s}{found or 'none'}")
    share = summary.undecidable / (summary.rows - summary.errors) if summary.rows > summary.errors else 0.0
    lines.append(f"{'undecidable:':13s}{summary.undecidable:,} ({share:.1%})")
    lines.append(f"{'errors:':13s}{summary.errors:,}")
    if summary.undated:
        lines.append(f"{'undated:':13s}{summary.undated:,} (the day of receipt could not be read: see `error`)")
    return "\n".join(lines)


def _require_file(source: str) -> None:
    if not Path(source).is_file():
        raise UnreadableInput(f"{source}: no such file; check the name")


def _day(typed: str | None) -> dt.date | None:
    from classifier.notice import read_date

    if typed is not None and (day := read_date(typed)) is not None:
        return day
    if typed is not None:
        raise typer.BadParameter(f"{typed!r} is no day; write 2026-11-22", param_hint="--read-on")
    return None


def _engine(total: int | None, workers: int | None, dask: str | None) -> AbstractContextManager[Any]:
    from classifier.batch import CHUNK
    from classifier.workers import dask as cluster
    from classifier.workers import processes, usable_cores

    if dask is not None:
        return cluster(dask)
    # A process costs seconds to start: none for a chunk that would wait for it.
    chunks = 1 if total is None else -(-total // CHUNK)
    count = workers or min(usable_cores(), chunks)
    return processes(count) if count > 1 else nullcontext()


def _bar(total: int | None) -> Any:
    """Rows, rate and time left: a line that renews itself for a person, one every half minute for a log."""
    from tqdm import tqdm

    seconds = 0.5 if sys.stderr.isatty() else 30.0
    return tqdm(total=total, unit=" rows", mininterval=seconds, maxinterval=seconds, smoothing=0.05, leave=False)


def _to_standard_output(source: str, work: Any, engine: Any) -> Any:
    from classifier.batch import assess_stream
    from classifier.records import Summary
    from classifier.rows import read_json_lines, read_rows

    rows = read_json_lines(sys.stdin.buffer) if source == _PIPE else read_rows(Path(source))
    summary = Summary()
    with engine() as executor:
        for part in assess_stream(rows, work, executor):
            try:
                sys.stdout.buffer.write(part.lines)
                sys.stdout.buffer.flush()
            except BrokenPipeError:
                raise
            except OSError as error:
                raise UnwritableOutput(f"standard output: cannot be written ({error.strerror}); make room") from error
            summary.add(part.summary)
    return summary
