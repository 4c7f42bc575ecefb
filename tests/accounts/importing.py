"""Imports step by step, for the tests of what they do."""

import io
from pathlib import Path

from accounts.models import Import
from accounts.services import imports
from accounts.services.outbox import claim_work, do_work

FILES = Path(__file__).parent / "files"


def upload(cast, kind, content, now, **options):
    content = content.encode() if isinstance(content, str) else content
    actor = options.pop("actor", cast.adam)
    return imports.upload_import(
        kind=kind, filename="file.csv", file=io.BytesIO(content), size=len(content), actor=actor, at=now, **options
    )  # fmt: skip


def previewed(cast, kind, content, now, **options):
    one = upload(cast, kind, content, now, **options)
    return imports.preview_import(id=one.pk, actor=cast.adam, at=now)


def work_off(now):
    """Do what waits in the outbox, as a worker would, until nothing is left."""
    for _ in range(200):
        claims = claim_work(at=now)
        if not claims:
            return
        do_work(claims=claims, at=now)


def ran(cast, one, now):
    imports.run_import(id=one.pk, actor=cast.adam, at=now)
    work_off(now)
    return Import.objects.select_related("job").get(pk=one.pk)


def undone(cast, one, now):
    imports.undo_import(id=one.pk, actor=cast.adam, at=now)
    work_off(now)
    return Import.objects.select_related("job").get(pk=one.pk)


def faults(one):
    """(row number, field, code) of every wrong row."""
    rows = imports.rows_of(one=one, status="failed", limit=1000, actor=None, at=one.created_at)
    return [(row.number, fault["field"], fault["code"]) for row in rows for fault in row.faults]


def faults_codes(one):
    rows = imports.rows_of(one=one, limit=1000, actor=None, at=one.created_at)
    return [(row.number, fault["code"]) for row in rows for fault in row.faults]
