"""complaint_session: in which browsers a complaint is followed, so that closing ends every copy of the cookie"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "complaint_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key_index", sa.String(length=64), nullable=False),
        sa.Column("complaint_id", sa.Integer(), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["complaint_id"],
            ["complaint.id"],
            name=op.f("fk_complaint_session_complaint_id_complaint"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint_session")),
        sa.UniqueConstraint("key_index", name=op.f("uq_complaint_session_key_index")),
    )
    op.create_index(op.f("ix_complaint_session_complaint_id"), "complaint_session", ["complaint_id"])


def downgrade() -> None:
    op.drop_table("complaint_session")
