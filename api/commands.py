"""`scam-notice database …`, `keys …` and `users …`: what needs the database; the library hands over to this module."""

import sys
from typing import Annotated

import typer

from api.key_commands import keys_app
from api.settings import Settings
from api.store import migrate
from api.store.engine import new_engine
from api.user_commands import users_app
from classifier.errors import ScamNoticeError

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
database_app = typer.Typer(no_args_is_help=True, help="The database: schema, backup, restore.")
app.add_typer(database_app, name="database")
app.add_typer(keys_app, name="keys")
app.add_typer(users_app, name="users")
Url = Annotated[str | None, typer.Option("--database", help="URL; default SCAM_NOTICE_DATABASE.")]


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


def main() -> None:
    """Every error in one line, with the exit codes of `scam-notice`."""
    try:
        app(prog_name="scam-notice")
    except ScamNoticeError as error:
        typer.echo(f"scam-notice: {' '.join(str(error).split())}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
