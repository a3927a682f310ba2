"""audit_purge: seals that outlive their events, and triggers that let go only of what has had its term

The seals made so far are thrown away with their table: they say nothing of what was under them once that is gone. The
worker seals all events anew in its next round.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = ("audit_event", "audit_digest")
FIXED = ("id", "sealed_on", "kept_until", "first_id", "last_id", "events", "content", "link")

POSTGRESQL = """
CREATE FUNCTION only_added_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'audit_digest' AND TG_OP = 'UPDATE' THEN
    IF OLD.purged_on IS NULL AND NEW.purged_on IS NOT NULL
        AND to_jsonb(NEW) - 'purged_on' = to_jsonb(OLD) - 'purged_on' THEN
      RETURN NEW;
    END IF;
  ELSIF TG_TABLE_NAME = 'audit_event' AND TG_OP = 'DELETE' THEN
    PERFORM FROM audit_digest WHERE purged_on IS NOT NULL AND OLD.id BETWEEN first_id AND last_id;
    IF FOUND THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION '% is only added to', TG_TABLE_NAME;
END $$
"""

# Also a row that would take the place of another (INSERT OR REPLACE), for which SQLite asks no other trigger.
SQLITE = {
    ("audit_event", "insert"): "EXISTS (SELECT 1 FROM audit_event WHERE id = NEW.id)",
    (
        "audit_digest",
        "insert",
    ): "EXISTS (SELECT 1 FROM audit_digest WHERE id = NEW.id OR sealed_on = NEW.sealed_on)",
    ("audit_event", "update"): "1",
    ("audit_event", "delete"): (
        "NOT EXISTS (SELECT 1 FROM audit_digest"
        " WHERE purged_on IS NOT NULL AND OLD.id BETWEEN first_id AND last_id)"
    ),
    ("audit_digest", "update"): " OR ".join(
        [
            "OLD.purged_on IS NOT NULL",
            "NEW.purged_on IS NULL",
            *(f"NEW.{name} IS NOT OLD.{name}" for name in FIXED),
        ]
    ),
    ("audit_digest", "delete"): "1",
}


def upgrade() -> None:
    _take_triggers_away()
    op.drop_table("audit_digest")
    op.create_table(
        "audit_digest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sealed_on", sa.Date(), nullable=False),
        sa.Column("kept_until", sa.Date(), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(length=64), nullable=False),
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.Column("purged_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_digest")),
        sa.UniqueConstraint("sealed_on", name=op.f("uq_audit_digest_sealed_on")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL)
        for table in TABLES:
            op.execute(
                f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION only_added_to()"
            )
            op.execute(
                f"CREATE TRIGGER {table}_whole BEFORE TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION only_added_to()"
            )
        return
    # A number is never given twice, also when all events before it are gone.
    with op.batch_alter_table("audit_event", recreate="always", table_kwargs={"sqlite_autoincrement": True}):
        pass
    for (table, deed), refused in SQLITE.items():
        op.execute(
            f"CREATE TRIGGER {table}_no_{deed} BEFORE {deed} ON {table} "
            f"WHEN {refused} BEGIN SELECT RAISE(ABORT, '{table} is only added to'); END"
        )


def downgrade() -> None:
    _take_triggers_away(("insert", "update", "delete"))
    op.drop_table("audit_digest")
    op.create_table(
        "audit_digest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sealed_on", sa.Date(), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("last_id", sa.Integer(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("link", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_digest")),
        sa.UniqueConstraint("sealed_on", name=op.f("uq_audit_digest_sealed_on")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION only_added_to() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is only added to', TG_TABLE_NAME; END $$"
        )
        for table in TABLES:
            op.execute(
                f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION only_added_to()"
            )
        return
    with op.batch_alter_table("audit_event", recreate="always"):
        pass
    for table in TABLES:
        for deed in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{deed} BEFORE {deed} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is only added to'); END"
            )


def _take_triggers_away(deeds: tuple[str, ...] = ("update", "delete")) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION only_added_to() CASCADE")
        return
    for table in TABLES:
        for deed in deeds:
            op.execute(f"DROP TRIGGER {table}_no_{deed}")
