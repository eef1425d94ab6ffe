"""`scam-notice users …`: the accounts of the people who work with cases."""

import sys
from typing import Annotated

import typer
from sqlalchemy import select

from api.command_store import Url, open_store
from api.staff import accounts, password_codes
from api.staff.audit import COMMAND_LINE
from api.store.people import User

users_app = typer.Typer(no_args_is_help=True, help="Accounts of staff: add, list, password, code, close, open.")
_Name = Annotated[str, typer.Argument(help="The name to log in with: a-z, 0-9, dot, dash.")]
_FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@users_app.command()
def add(
    name: _Name,
    role: Annotated[str, typer.Option(help="counsellor, supervisor or admin.")] = "counsellor",
    display_name: Annotated[str, typer.Option(help="As colleagues read it, e.g. 佐藤.")] = "",
    password_stdin: _FromStdin = False,
    database: Url = None,
) -> None:
    """Makes an account; asks for its password."""
    password = _password(password_stdin)
    with open_store(database) as store, store.write() as session:
        user = accounts.add_user(session, COMMAND_LINE, name, role, password, display_name)
    typer.echo(f"{user.name}: added as {user.role}; they log in at /staff")


@users_app.command("list")
def show(database: Url = None) -> None:
    """Every account with its role."""
    with open_store(database) as store, store.read() as session:
        for user in session.scalars(select(User).order_by(User.name)):
            typer.echo(f"{user.name}  {user.role}  {'open' if user.active else 'closed'}  {user.display_name}")


@users_app.command()
def password(name: _Name, password_stdin: _FromStdin = False, database: Url = None) -> None:
    """Sets a new password and ends the account's sessions."""
    new = _password(password_stdin)
    with open_store(database) as store, store.write() as session:
        accounts.set_password(session, COMMAND_LINE, accounts.user_named(session, name), new)
    typer.echo(f"{name}: new password set, sessions ended")


@users_app.command()
def close(name: _Name, database: Url = None) -> None:
    """Closes an account and ends its sessions; its name stays in the audit."""
    with open_store(database) as store, store.write() as session:
        accounts.set_active(session, COMMAND_LINE, accounts.user_named(session, name), False)
    typer.echo(f"{name}: closed")


@users_app.command("open")
def reopen(name: _Name, database: Url = None) -> None:
    """Opens a closed account, or one that guessing has locked."""
    with open_store(database) as store, store.write() as session:
        accounts.set_active(session, COMMAND_LINE, accounts.user_named(session, name), True)
    typer.echo(f"{name}: open")


@users_app.command()
def code(name: _Name, database: Url = None) -> None:
    """Prints a code by which they set a password of their own, once, within three days; the old password ends."""
    with open_store(database) as store, store.write() as session:
        made = password_codes.new_code(session, COMMAND_LINE, accounts.user_named(session, name))
    typer.echo(f"{name}: {made}  (at /staff/password)")


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
