"""The first tables: surveys, staff, tasks, audit."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attempt_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_attempt_kind"), ["kind", "source", "at"], unique=False)

    op.create_table(
        "audit_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("event", sa.String(length=60), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=16), nullable=False),
        sa.Column("link_key_id", sa.String(length=8), nullable=False),
        sa.Column("code_index", sa.String(length=64), nullable=False),
        sa.Column("moment", sa.String(length=10), nullable=False),
        sa.Column("domain", sa.String(length=10), nullable=False),
        sa.Column("perspective", sa.String(length=15), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("team", sa.String(length=80), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("parenting_help", sa.Boolean(), nullable=False),
        sa.Column("first_person", sa.Boolean(), nullable=False),
        sa.Column("name", sa.LargeBinary(), nullable=True),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("invited_on", sa.Date(), nullable=True),
        sa.Column("delivered", sa.Boolean(), nullable=False),
        sa.Column("started", sa.Boolean(), nullable=False),
        sa.Column("completed", sa.Boolean(), nullable=False),
        sa.Column("sent_from", sa.String(length=16), nullable=True),
        sa.Column("call_requested", sa.Boolean(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.CheckConstraint("domain IN ('youth', 'adults', 'unknown')", name=op.f("ck_invitation_domain")),
        sa.CheckConstraint("moment IN ('intake', 'plan', 'closure')", name=op.f("ck_invitation_moment")),
        sa.CheckConstraint(
            "perspective IS NULL OR perspective IN ('parent', 'young_person', 'adult', 'family_member')",
            name=op.f("ck_invitation_perspective"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("code_index", name=op.f("uq_invitation_code_index")),
        sa.UniqueConstraint("public_id", name=op.f("uq_invitation_public_id")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(
            "ix_invitation_response",
            ["first_person", "invited_on", "moment", "domain", "delivered", "started", "completed"],
            unique=False,
        )

    op.create_table(
        "letterbox_entry",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("pile", sa.String(length=15), nullable=False),
        sa.Column("quarter", sa.String(length=7), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "pile IN ('intake', 'plan', 'closure', 'parenting_help')", name=op.f("ck_letterbox_entry_pile")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letterbox_entry")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("letterbox_entry", schema=None) as batch_op:
        batch_op.create_index("ix_letterbox_entry_pile_quarter", ["pile", "quarter"], unique=False)

    op.create_table(
        "paper_entry",
        sa.Column("request_key", sa.String(length=16), nullable=False),
        sa.Column("moment", sa.String(length=10), nullable=False),
        sa.Column("with_code", sa.Boolean(), nullable=False),
        sa.CheckConstraint("moment IN ('intake', 'plan', 'closure')", name=op.f("ck_paper_entry_moment")),
        sa.PrimaryKeyConstraint("request_key", name=op.f("pk_paper_entry")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "questionnaire_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("moment", sa.String(length=10), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "moment IN ('intake', 'plan', 'closure')", name=op.f("ck_questionnaire_version_moment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questionnaire_version")),
        sa.UniqueConstraint("moment", "version", name=op.f("uq_questionnaire_version_moment")),
    )
    op.create_table(
        "response",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("pile", sa.String(length=15), nullable=False),
        sa.Column("quarter", sa.String(length=7), nullable=False),
        sa.Column("perspective", sa.String(length=15), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("team", sa.String(length=80), nullable=False),
        sa.CheckConstraint(
            "pile IN ('intake', 'plan', 'closure', 'parenting_help')", name=op.f("ck_response_pile")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("response", schema=None) as batch_op:
        batch_op.create_index("ix_response_pile_quarter", ["pile", "quarter"], unique=False)

    op.create_table(
        "staff_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.CheckConstraint(
            "name IN ('quality', 'complaints', 'talks', 'admin')", name=op.f("ck_staff_role_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_role")),
        sa.UniqueConstraint("name", name=op.f("uq_staff_role_name")),
    )
    op.create_table(
        "staff_user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("tf_primary_method", sa.String(length=20), nullable=True),
        sa.Column("tf_totp_secret", sa.String(length=500), nullable=True),
        sa.Column("tf_last_counter", sa.BigInteger(), nullable=True),
        sa.Column("mf_recovery_codes", sa.UnicodeText(), nullable=True),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_staff_user_email_lower")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_user")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_user_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_staff_user_fs_uniquifier")),
    )
    op.create_table(
        "task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("request_key", sa.String(length=64), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.String(length=60), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("request_key", name=op.f("uq_task_request_key")),
    )
    op.create_table(
        "draft",
        sa.Column("invitation_id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["invitation.id"],
            name=op.f("fk_draft_invitation_id_invitation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["questionnaire_version.id"],
            name=op.f("fk_draft_version_id_questionnaire_version"),
        ),
        sa.PrimaryKeyConstraint("invitation_id", name=op.f("pk_draft")),
    )
    op.create_table(
        "response_choice",
        sa.Column("response_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("value", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["response_id"],
            ["response.id"],
            name=op.f("fk_response_choice_response_id_response"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("response_id", "key", "value", name=op.f("pk_response_choice")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("response_choice", schema=None) as batch_op:
        batch_op.create_index("ix_response_choice_key_value", ["key", "value"], unique=False)

    op.create_table(
        "response_text",
        sa.Column("response_id", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("may_quote", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["response_id"],
            ["response.id"],
            name=op.f("fk_response_text_response_id_response"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("response_id", "key", name=op.f("pk_response_text")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "staff_user_role",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["role_id"], ["staff_role.id"], name=op.f("fk_staff_user_role_role_id_staff_role")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["staff_user.id"],
            name=op.f("fk_staff_user_role_user_id_staff_user"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "role_id", name=op.f("pk_staff_user_role")),
    )


def downgrade() -> None:
    op.drop_table("staff_user_role")
    op.drop_table("response_text")
    with op.batch_alter_table("response_choice", schema=None) as batch_op:
        batch_op.drop_index("ix_response_choice_key_value")

    op.drop_table("response_choice")
    op.drop_table("draft")
    op.drop_table("task")
    op.drop_table("staff_user")
    op.drop_table("staff_role")
    with op.batch_alter_table("response", schema=None) as batch_op:
        batch_op.drop_index("ix_response_pile_quarter")

    op.drop_table("response")
    op.drop_table("questionnaire_version")
    op.drop_table("paper_entry")
    with op.batch_alter_table("letterbox_entry", schema=None) as batch_op:
        batch_op.drop_index("ix_letterbox_entry_pile_quarter")

    op.drop_table("letterbox_entry")
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index("ix_invitation_response")

    op.drop_table("invitation")
    op.drop_table("audit_event")
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attempt_kind"))
        batch_op.drop_index(batch_op.f("ix_attempt_at"))

    op.drop_table("attempt")
