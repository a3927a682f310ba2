"""forgetting: opt-outs that belong together, invitations of which only the count is left, accounts that are emptied

What was kept of opt-outs until now says of no two rows whether one person asked for them: a day and "self" are no
proof of that. Each therefore stands by itself (an empty group), until the person's invitation is forgotten: then they
are brought together, while it is still known whose they are.

Who sees to an advice is sealed as in a measure: it is a name as likely as not.

An account that was closed before is taken to be closed today: its term begins now.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

from portal import clock
from portal.crypto import keyring

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("no_contact", schema=None) as batch_op:
        batch_op.add_column(sa.Column("group_index", sa.String(length=64), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("case_index", sa.String(length=64), nullable=True))
        batch_op.drop_constraint(op.f("uq_no_contact_kind"), type_="unique")
        batch_op.create_unique_constraint(op.f("uq_no_contact_kind"), ["kind", "value_index", "group_index"])
        batch_op.create_index("ix_no_contact_group_index", ["group_index"], unique=False)
        batch_op.create_index("ix_no_contact_case_index", ["case_index"], unique=False)
    _turn(keyring().encrypt, sa.LargeBinary())
    op.add_column(
        "invitation", sa.Column("forgotten", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("staff_user", sa.Column("closed_on", sa.Date(), nullable=True))
    op.add_column("staff_user", sa.Column("emptied_on", sa.Date(), nullable=True))
    users = sa.table("staff_user", sa.column("active", sa.Boolean()), sa.column("closed_on", sa.Date()))
    op.execute(users.update().where(users.c.active.is_(sa.false())).values(closed_on=clock.today()))


def downgrade() -> None:
    op.drop_column("staff_user", "emptied_on")
    op.drop_column("staff_user", "closed_on")
    op.drop_column("invitation", "forgotten")
    _turn(keyring().decrypt, sa.String(length=120))
    # An address that two people have was kept for each of them: once is enough to leave it alone.
    op.execute(
        "DELETE FROM no_contact WHERE id NOT IN (SELECT kept FROM "
        "(SELECT MIN(id) AS kept FROM no_contact GROUP BY kind, value_index) AS first)"
    )
    with op.batch_alter_table("no_contact", schema=None) as batch_op:
        batch_op.drop_index("ix_no_contact_case_index")
        batch_op.drop_index("ix_no_contact_group_index")
        batch_op.drop_constraint(op.f("uq_no_contact_kind"), type_="unique")
        batch_op.create_unique_constraint(op.f("uq_no_contact_kind"), ["kind", "value_index"])
        batch_op.drop_column("case_index")
        batch_op.drop_column("group_index")


def _turn(made: Callable[[Any], Any], kind: sa.types.TypeEngine[Any]) -> None:
    """Give the owner of each advice another kind of column, with what is made of what was there."""
    advices = sa.table("advice", sa.column("id", sa.Integer()), sa.column("owner"))
    known = op.get_bind().execute(sa.select(advices.c.id, advices.c.owner)).all()
    with op.batch_alter_table("advice", schema=None) as batch_op:
        batch_op.drop_column("owner")
    with op.batch_alter_table("advice", schema=None) as batch_op:
        batch_op.add_column(sa.Column("owner", kind, nullable=True))
    turned = sa.table("advice", sa.column("id", sa.Integer()), sa.column("owner", kind))
    for number, owner in known:
        value = made(bytes(owner) if isinstance(owner, memoryview) else owner)
        op.execute(turned.update().where(turned.c.id == number).values(owner=value))
    with op.batch_alter_table("advice", schema=None) as batch_op:
        batch_op.alter_column("owner", existing_type=kind, nullable=False)
