"""Questions that a page asks each second are answered from an index, however many copies there are."""

from flask import Flask
from sqlalchemy import text

from campaigns.db import db
from campaigns.delivery import queries


def test_what_may_be_there_twice_is_counted_from_an_index(ctx: Flask) -> None:
    question = str(queries.perhaps_twice(1).compile(db.engine, compile_kwargs={"literal_binds": True}))
    if db.engine.dialect.name == "postgresql":
        # An empty table would be read through, whatever indexes there are.
        db.session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = db.session.scalars(text(f"EXPLAIN {question}")).all()
    else:
        plan = [row.detail for row in db.session.execute(text(f"EXPLAIN QUERY PLAN {question}"))]
    assert "ix_delivery_uncertain" in " ".join(plan), plan
