"""Who may do what: one table, asked by every staff route."""

from typing import Final, Literal, get_args

Role = Literal["counsellor", "supervisor", "admin"]
Permission = Literal[
    "case_read",
    "case_write",
    "case_unmask",
    "case_export",
    "campaign_write",
    "report_read",
    "review_write",
    "audit_read",
    "user_write",
]

ROLES: Final[tuple[Role, ...]] = get_args(Role)
ROLE_LABELS: Final[dict[Role, str]] = {"counsellor": "相談員", "supervisor": "主任", "admin": "管理者"}
_EVERYBODY: Final = frozenset(ROLES)
_LEADING: Final[frozenset[Role]] = frozenset({"supervisor", "admin"})

ALLOWED: Final[dict[Permission, frozenset[Role]]] = {
    "case_read": _EVERYBODY,
    "case_write": _EVERYBODY,
    # A counsellor reads names and numbers back to the caller; every such look is in the audit.
    "case_unmask": _EVERYBODY,
    "case_export": _EVERYBODY,
    "campaign_write": _EVERYBODY,
    "report_read": _EVERYBODY,
    "review_write": _LEADING,
    "audit_read": _LEADING,
    "user_write": frozenset({"admin"}),
}


def allowed(role: str, permission: Permission) -> bool:
    """Whether somebody of this role may; an unknown role may nothing."""
    return role in ALLOWED[permission]
