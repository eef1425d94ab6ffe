"""`scam-notice keys …`: makes, shows and ends the keys of programs that use the service."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from api.settings import Settings
from api.store import Store
from api.store.api_keys import add_key, list_keys, revoke_key

keys_app = typer.Typer(no_args_is_help=True, help="Keys for programs: add, list, revoke.")
_Url = Annotated[str | None, typer.Option("--database", help="URL; default SCAM_NOTICE_DATABASE.")]


@keys_app.command()
def add(
    name: Annotated[str, typer.Argument(help="Who will use it.")],
    scope: Annotated[list[str], typer.Option(help="assess, batch or staff; may be given again.")],
    database: _Url = None,
) -> None:
    """Makes a key and prints it, this one time: only its hash is kept."""
    with _store(database) as store:
        typer.echo(add_key(store, name, scope))
    typer.echo("kept as a hash only; send it as `Authorization: Bearer KEY`", err=True)


@keys_app.command("list")
def show(database: _Url = None) -> None:
    """Every key with its scopes; a key itself is never shown again."""
    with _store(database) as store:
        for key in list_keys(store):
            ended = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "valid"
            typer.echo(f"{key.id}  {key.created_at:%Y-%m-%d}  {ended}  {','.join(sorted(key.scopes))}  {key.name}")


@keys_app.command()
def revoke(name: Annotated[str, typer.Argument(help="The key's name or id.")], database: _Url = None) -> None:
    """Ends a key; running workers refuse it within five seconds."""
    with _store(database) as store:
        revoke_key(store, name)
    typer.echo(f"{name}: revoked")


@contextmanager
def _store(url: str | None) -> Iterator[Store]:
    store = Store.open(url or Settings().database)
    try:
        yield store
    finally:
        store.close()
