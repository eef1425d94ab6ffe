"""API keys and opted-in notices."""

import sqlalchemy as sa
from alembic import op

from api.store.base import UtcDateTime

revision = "service_0001"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Both tables."""
    op.create_table(
        "api_keys",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("scopes", sa.String(60), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("revoked_at", UtcDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("name", name="uq_api_keys_name"),
    )
    op.create_table(
        "opted_in_notices",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("stored_at", UtcDateTime(), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("subject", sa.Text()),
        sa.Column("sender", sa.Text()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("document_kind", sa.String(40), nullable=False),
        sa.Column("model", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_opted_in_notices"),
        sa.UniqueConstraint("digest", name="uq_opted_in_notices_digest"),
    )
    op.create_index("ix_opted_in_notices_stored_at", "opted_in_notices", ["stored_at"])


def downgrade() -> None:
    """Neither."""
    op.drop_table("opted_in_notices")
    op.drop_table("api_keys")
