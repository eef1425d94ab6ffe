"""Changes of campaigns that can be undone; keys of one's own; single sign-on; one-time codes for a password."""

import sqlalchemy as sa
from alembic import op

revision = "staff_0002"
down_revision = "staff_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward."""
    op.create_table(
        "campaign_changes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=96), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=True),
        sa.Column("campaigns", sa.JSON(), nullable=False),
        sa.Column("cases", sa.JSON(), nullable=False),
        sa.Column("undoes", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaigns.id"], name=op.f("fk_campaign_changes_campaign_id")),
        sa.ForeignKeyConstraint(["other_id"], ["campaigns.id"], name=op.f("fk_campaign_changes_other_id")),
        sa.ForeignKeyConstraint(["undoes"], ["campaign_changes.id"], name=op.f("fk_campaign_changes_undoes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign_changes")),
    )
    with op.batch_alter_table("campaign_changes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_campaign_changes_campaign_id"), ["campaign_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_campaign_changes_other_id"), ["other_id"], unique=False)
    _refuse_changes()
    op.create_table(
        "password_codes",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_password_codes_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_password_codes")),
    )
    op.add_column("users", sa.Column("shortcuts", sa.JSON(), server_default="{}", nullable=False))
    op.add_column("users", sa.Column("sign_on", sa.String(length=255), nullable=True))
    op.create_index("ix_users_sign_on", "users", ["sign_on"], unique=True)


def _refuse_changes() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER campaign_changes_no_{verb.lower()} BEFORE {verb} ON campaign_changes "
                "BEGIN SELECT RAISE(ABORT, 'campaign_changes only grows'); END"
            )
        return
    op.execute(
        "CREATE TRIGGER campaign_changes_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON campaign_changes "
        "FOR EACH STATEMENT EXECUTE FUNCTION only_grows()"
    )


def downgrade() -> None:
    """Back, with the data of the new tables and columns lost."""
    op.drop_index("ix_users_sign_on", table_name="users")
    op.drop_column("users", "sign_on")
    op.drop_column("users", "shortcuts")
    op.drop_table("password_codes")
    op.drop_table("campaign_changes")
