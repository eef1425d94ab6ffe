"""`scam-notice keys …`: makes, shows and ends the keys of programs that use the service."""

from typing import Annotated

import typer

from api.command_store import Url, open_store
from api.store.api_keys import add_key, list_keys, revoke_key

keys_app = typer.Typer(no_args_is_help=True, help="Keys for programs: add, list, revoke.")


@keys_app.command()
def add(
    name: Annotated[str, typer.Argument(help="Who will use it.")],
    scope: Annotated[list[str], typer.Option(help="assess, batch or staff; may be given again.")],
    database: Url = None,
) -> None:
    """Makes a key and prints it, this one time: only its hash is kept."""
    with open_store(database) as store:
        typer.echo(add_key(store, name, scope))
    typer.echo("kept as a hash only; send it as `Authorization: Bearer KEY`", err=True)


@keys_app.command("list")
def show(database: Url = None) -> None:
    """Every key with its scopes; a key itself is never shown again."""
    with open_store(database) as store:
        for key in list_keys(store):
            ended = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "valid"
            typer.echo(f"{key.id}  {key.created_at:%Y-%m-%d}  {ended}  {','.join(sorted(key.scopes))}  {key.name}")


@keys_app.command()
def revoke(name: Annotated[str, typer.Argument(help="The key's name or id.")], database: Url = None) -> None:
    """Ends a key; running workers refuse it within five seconds."""
    with open_store(database) as store:
        revoke_key(store, name)
    typer.echo(f"{name}: revoked")
