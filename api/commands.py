"""`scam-notice database …`, `keys …` and `users …`: what needs the database; the library hands over to this module."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from api.command_store import Url, open_store
from api.key_commands import keys_app
from api.settings import Settings
from api.staff.audit import COMMAND_LINE
from api.staff.labels import export_labels
from api.staff.placing import replace_all
from api.store import migrate
from api.store.backup import backup, restore
from api.store.engine import new_engine
from api.user_commands import users_app
from classifier.errors import ScamNoticeError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
database_app = typer.Typer(no_args_is_help=True, help="The database: schema, backup, restore.")
app.add_typer(database_app, name="database")
app.add_typer(keys_app, name="keys")
app.add_typer(users_app, name="users")


@database_app.callback()
def _database() -> None:
    """The database: schema, backup, restore."""


@database_app.command()
def upgrade(database: Url = None) -> None:
    """Brings the schema up to this program; make a backup first."""
    engine = new_engine(database or Settings().database)
    try:
        before = migrate.state(engine)
        migrate.upgrade(engine)
    finally:
        engine.dispose()
    typer.echo("the schema was up to date" if before == "head" else "the schema is up to date now")


@database_app.command("backup")
def make_backup(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="Where the copy goes.")], database: Url = None
) -> None:
    """Copies the whole database to a file; the service may go on running."""
    backup(database or Settings().database, target)
    typer.echo(f"{target}: {target.stat().st_size:,} bytes")


@database_app.command("restore")
def put_back(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="A file that backup wrote.")],
    yes: Annotated[bool, typer.Option("--yes", help="Replace what is in the database now.")] = False,
    database: Url = None,
) -> None:
    """Puts a backup in the place of the database; stop the service first."""
    if not yes:
        typer.confirm("This replaces everything that is in the database now. Go on?", abort=True)
    restore(database or Settings().database, source)
    typer.echo(f"{source}: restored")


@database_app.command("reorder")
def reorder(database: Url = None) -> None:
    """Places every open case anew in the queue, after the rules of the order have changed."""
    with open_store(database) as store, store.write() as session:
        count = replace_all(session)
    typer.echo(f"{count:,} cases placed anew")


@app.command("export-labels")
def write_labels(
    target: Annotated[Path, typer.Argument(metavar="OUT.jsonl", help="One notice record a line.")],
    reviewed_only: Annotated[bool, typer.Option("--reviewed-only", help="Only what two people agreed on.")] = False,
    database: Url = None,
) -> None:
    """Writes the decided cases as labelled, masked notices for retraining, with a manifest beside them."""
    with open_store(database) as store, store.write() as session:
        manifest = export_labels(session, COMMAND_LINE, target, reviewed_only=reviewed_only)
    typer.echo(f"{target}: {manifest['records']} notices, version {manifest['version']}")


def main() -> None:
    """Every error in one line, with the exit codes of `scam-notice`."""
    try:
        app(prog_name="scam-notice")
    except ScamNoticeError as error:
        typer.echo(f"scam-notice: {' '.join(str(error).split())}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
