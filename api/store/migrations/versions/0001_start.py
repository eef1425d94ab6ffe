"""The common start of every concern's line of migrations. It holds no table."""

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing: each concern creates its own tables."""


def downgrade() -> None:
    """Nothing."""
