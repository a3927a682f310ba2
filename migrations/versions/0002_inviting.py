"""Inviting: contacts, who is left alone, uploads, and messages; family members answer in piles of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


PILED = ("letterbox_entry", "response")
PILES = ("intake", "plan", "closure", "parenting_help")
FAMILY_PILES = ("family_intake", "family_plan", "family_closure")


def _let_piles_be(piles: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{pile}'" for pile in piles)
    for table in PILED:
        name = op.f(f"ck_{table}_pile")
        with op.batch_alter_table(table, table_kwargs={"sqlite_with_rowid": False}) as batch_op:
            batch_op.drop_constraint(name, type_="check")
            batch_op.create_check_constraint(name, f"pile IN ({listed})")


def upgrade() -> None:
    op.create_table(
        "import_file",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_by", sa.String(length=60), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_file")),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=32), nullable=False),
        sa.Column("request_key", sa.String(length=64), nullable=False),
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("about", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("to", sa.LargeBinary(), nullable=True),
        sa.Column("params", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("in_hours", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("unsure", sa.Integer(), nullable=False),
        sa.Column("claimed_by", sa.String(length=32), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started", sa.Boolean(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(length=100), nullable=False),
        sa.Column("batch", sa.String(length=16), nullable=True),
        sa.CheckConstraint("channel IN ('email', 'sms', 'letter')", name=op.f("ck_message_channel")),
        sa.CheckConstraint(
            "state IN ('waiting', 'sent', 'bounced', 'dead', 'cancelled')", name=op.f("ck_message_state")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("reference", name=op.f("uq_message_reference")),
        sa.UniqueConstraint("request_key", name=op.f("uq_message_request_key")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index("ix_message_about", ["about"], unique=False)
        batch_op.create_index("ix_message_batch", ["batch"], unique=False)
        batch_op.create_index("ix_message_state", ["state", "due_at"], unique=False)

    op.create_table(
        "no_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("value_index", sa.String(length=64), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.CheckConstraint(
            "kind IN ('person', 'email', 'phone', 'post', 'case')", name=op.f("ck_no_contact_kind")
        ),
        sa.CheckConstraint(
            "reason IN ('opted_out', 'stopped', 'death', 'complaint')", name=op.f("ck_no_contact_reason")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_no_contact")),
        sa.UniqueConstraint("kind", "value_index", name=op.f("uq_no_contact_kind")),
    )
    op.create_table(
        "pause",
        sa.Column("topic", sa.String(length=20), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused_by", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("topic", name=op.f("pk_pause")),
    )
    op.create_table(
        "contact",
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("identity_index", sa.String(length=64), nullable=False),
        sa.Column("details_index", sa.String(length=64), nullable=False),
        sa.Column("case_number", sa.LargeBinary(), nullable=False),
        sa.Column("case_index", sa.String(length=64), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("email_index", sa.String(length=64), nullable=True),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.String(length=64), nullable=True),
        sa.Column("street", sa.LargeBinary(), nullable=True),
        sa.Column("postcode", sa.LargeBinary(), nullable=True),
        sa.Column("place", sa.LargeBinary(), nullable=True),
        sa.Column("post_index", sa.String(length=64), nullable=True),
        sa.Column("email_lost", sa.Boolean(), nullable=False),
        sa.Column("phone_lost", sa.Boolean(), nullable=False),
        sa.Column("post_lost", sa.Boolean(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("not_asked", sa.String(length=20), nullable=True),
        sa.Column("not_asked_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "not_asked IS NULL OR not_asked IN ('too_old', 'opted_out', 'case_stopped', 'death', 'complaint', 'person_recently', 'case_recently', 'unreachable')",
            name=op.f("ck_contact_not_asked"),
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["invitation.id"],
            name=op.f("fk_contact_invitation_id_invitation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("invitation_id", name=op.f("pk_contact")),
        sa.UniqueConstraint("identity_index", name=op.f("uq_contact_identity_index")),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index("ix_contact_case_index", ["case_index"], unique=False)
        batch_op.create_index("ix_contact_email_index", ["email_index"], unique=False)
        batch_op.create_index("ix_contact_next_on", ["next_on"], unique=False)
        batch_op.create_index("ix_contact_phone_index", ["phone_index"], unique=False)
        batch_op.create_index("ix_contact_post_index", ["post_index"], unique=False)

    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("opted_out", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("family_links", sa.Integer(), nullable=False, server_default="0"))

    _let_piles_be(PILES + FAMILY_PILES)


def downgrade() -> None:
    for table in PILED:
        for pile in FAMILY_PILES:
            op.execute(f"UPDATE {table} SET pile = '{pile.removeprefix('family_')}' WHERE pile = '{pile}'")
    _let_piles_be(PILES)
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_column("family_links")
        batch_op.drop_column("opted_out")

    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_index("ix_contact_post_index")
        batch_op.drop_index("ix_contact_phone_index")
        batch_op.drop_index("ix_contact_next_on")
        batch_op.drop_index("ix_contact_email_index")
        batch_op.drop_index("ix_contact_case_index")

    op.drop_table("contact")
    op.drop_table("pause")
    op.drop_table("no_contact")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_state")
        batch_op.drop_index("ix_message_batch")
        batch_op.drop_index("ix_message_about")

    op.drop_table("message")
    op.drop_table("import_file")
