"""Bugs of many kinds, to plant into the product: each a view that breaks one promise, as somebody could write it.

Most of them open another tenant's scope, or have a wall taken down before, so that the others cannot save them.
"""

import datetime as dt
import uuid
from types import ModuleType
from typing import Any

from django.core.cache import cache
from django.db import connection, transaction
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import include, path
from uuid_utils.compat import uuid7

from accounts import access
from accounts.models import Account, Actor, Membership, Outbox, Outcome, Step, Tenant
from accounts.scope import tenant_scope


def mine(account_id: uuid.UUID) -> Account:
    """The account of the current tenant, as a view without a bug reads it."""
    found = Account.objects.filter(pk=account_id).first()
    if found is None:
        raise Http404
    return found


def anywhere(account_id: Any) -> tuple[Account, int] | None:
    """The account in whichever tenant has it: the mistake that several bugs below share."""
    for tenant in Tenant.objects.all():
        with tenant_scope(tenant.pk):
            if found := Account.objects.filter(pk=account_id).first():
                return found, tenant.pk
    return None


def no_bug(request, slug, account_id):
    return HttpResponse(mine(account_id).name)


def reads_unscoped_without_policy(request, slug, account_id):
    found = Account.unscoped.filter(pk=account_id).first()
    if found is None:
        raise Http404
    return HttpResponse(found.name)


def reads_plain_sql_without_policy(request, slug, account_id):
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM accounts_account ORDER BY id")
        return HttpResponse(str(cursor.fetchall()))


def names_another_status(request, slug, account_id):
    if anywhere(account_id) and not Account.objects.filter(pk=account_id).exists():
        return HttpResponse("Not yours.", status=403)
    return no_bug(request, slug, account_id)


def says_it_in_other_words(request, slug, account_id):
    if not Account.objects.filter(pk=account_id).exists():
        return HttpResponse("It is not yours." if anywhere(account_id) else "Nothing.", status=404)
    return HttpResponse("Here.")


def redirects_to_a_name(request, slug, account_id):
    found = anywhere(account_id)
    return HttpResponseRedirect(f"/t/{slug}/accounts?q={found[0].name}" if found else f"/t/{slug}/accounts")


def fails_on_theirs(request, slug, account_id):
    found = anywhere(account_id)
    return HttpResponse(
        str(mine(account_id).name if found is None else Account.objects.get(pk=account_id).name)
    )


def writes_theirs(request, slug, account_id):
    if request.method == "POST" and (found := anywhere(account_id)):
        with tenant_scope(found[1]):
            Account.objects.filter(pk=account_id).update(region="visited")
    return HttpResponse("Done.")


def deletes_theirs(request, slug, account_id):
    if request.method == "POST" and (found := anywhere(account_id)):
        with tenant_scope(found[1]):
            Outcome.objects.filter(account_id=account_id).delete()
    return HttpResponse("Done.")


def stores_a_field_unchecked(request, slug, account_id):
    if request.method == "POST" and request.POST.get("account"):
        now = dt.datetime.now(dt.UTC)
        Step.objects.create(account_id=request.POST["account"], title="t", created_at=now, updated_at=now)
    return HttpResponse("Done.")


def stores_an_id_in_json(request, slug, account_id):
    if request.method == "POST" and request.POST.get("account"):
        now = dt.datetime.now(dt.UTC)
        ref = {"account": request.POST["account"]}
        Outbox.objects.create(kind="x", ref=ref, dedupe_key=str(uuid7()), available_at=now, created_at=now)
    return HttpResponse("Done.")


def believes_a_field_of_its_own_form(request, slug, account_id):
    mine(account_id)
    if found := anywhere(request.POST.get("colleague_of") or account_id):
        options = f'<input type="hidden" name="colleague_of" value="{account_id}">'
        return HttpResponse(f'<form method="post">{options}</form>{found[0].name}')
    return HttpResponse("Nobody.", status=404)


def caches_without_the_tenant(request, slug, account_id):
    return HttpResponse(cache.get_or_set("planted", lambda: mine(account_id).name, 60))


def takes_the_tenant_from_the_query(request, slug, account_id):
    tenant = Tenant.objects.filter(slug=request.GET.get("tenant", slug)).first()
    if tenant is None:
        raise Http404
    with tenant_scope(tenant.pk):
        return HttpResponse(str(list(Account.objects.values_list("name"))))


def lists_members_of_all(request, slug, account_id):
    return HttpResponse(str(list(Membership.objects.values_list("user__email"))))


# The view with the bug, and the kind of finding that must name it ("" for the control, which must have none).
BUGS: dict[str, tuple[Any, str]] = {
    "no bug at all": (no_bug, ""),
    "a read without manager, on a table without policy": (reads_unscoped_without_policy, "leaks"),
    "plain SQL on a table without policy": (reads_plain_sql_without_policy, "leaks"),
    "another status for a row of theirs": (names_another_status, "tells apart"),
    "other words for a row of theirs": (says_it_in_other_words, "tells apart"),
    "a redirect that names theirs": (redirects_to_a_name, "leaks"),
    "an error on a row of theirs": (fails_on_theirs, "server error"),
    "a change of a row of theirs": (writes_theirs, "changed"),
    "a deletion of a row of theirs": (deletes_theirs, "changed"),
    "a form field without check, its key dropped": (stores_a_field_unchecked, "refers"),
    "an id of theirs kept in JSON": (stores_an_id_in_json, "refers"),
    "a field that only its own form knows": (believes_a_field_of_its_own_form, "leaks"),
    "a cache key without the tenant": (caches_without_the_tenant, "leaks"),
    "a tenant named by the query": (takes_the_tenant_from_the_query, "leaks"),
    "a query without tenant on a table outside the policies": (lists_members_of_all, "leaks"),
    "a door that forgets who asks": (no_bug, "leaks"),
    "a route that no request reaches": (no_bug, "not walked"),
}
POLICY_DOWN = ("a read without manager, on a table without policy", "plain SQL on a table without policy")
STEP_KEY = "a form field without check, its key dropped"
DROP_STEP_KEY = """
DO $$ DECLARE n text; BEGIN
    SELECT conname INTO n FROM pg_constraint WHERE contype = 'f'
        AND conrelid = 'accounts_step'::regclass AND confrelid = 'accounts_account'::regclass;
    EXECUTE format('ALTER TABLE accounts_step DROP CONSTRAINT %I', n);
END $$
"""
ADD_STEP_KEY = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND conrelid = 'accounts_step'::regclass
        AND confrelid = 'accounts_account'::regclass) THEN
        TRUNCATE accounts_step CASCADE;
        ALTER TABLE accounts_step ADD CONSTRAINT step_account_again FOREIGN KEY (tenant_id, account_id)
            REFERENCES accounts_account (tenant_id, id) DEFERRABLE INITIALLY IMMEDIATE;
    END IF;
END $$
"""


def urlconf(view: Any) -> ModuleType:
    """The product's routes with the planted one before them."""
    planted = ModuleType("planted_urls")
    route = path("t/<slug:slug>/accounts/<uuid:account_id>/planted", view)
    shadowed = path("t/<slug:slug>/accounts/<uuid:persona_id>/planted", view)
    patterns = [route, shadowed] if getattr(view, "shadowed", False) else [route]
    planted.urlpatterns = [*patterns, path("", include("csplatform.urls"))]  # type: ignore[attr-defined]
    return planted


def prepare(bug: str, world: Any, as_owner: Any, monkeypatch: Any) -> None:
    """What a bug needs beside its view: a wall taken down, a cache filled by the others, a broken door."""
    cache.delete("planted")
    monkeypatch.setattr(no_bug, "shadowed", bug == "a route that no request reaches", raising=False)
    if bug in POLICY_DOWN:
        as_owner("ALTER TABLE accounts_account DISABLE ROW LEVEL SECURITY")
    elif bug == STEP_KEY:
        as_owner(DROP_STEP_KEY)
    elif bug == "a cache key without the tenant":
        with tenant_scope(world.theirs.tenant.pk), transaction.atomic():
            cache.set("planted", world.theirs.rows["accounts.account"][0].name, 60)
    elif bug == "a door that forgets who asks":
        monkeypatch.setattr(access, "member_of", anybody_of)


def anybody_of(user: Any, *, slug: str) -> Actor | None:
    membership = Membership.objects.select_related("tenant", "user").filter(tenant__slug=slug).first()
    return (
        Actor(tenant=membership.tenant, membership=membership, role=membership.role) if membership else None
    )


def undo(as_owner: Any) -> None:
    """Put the walls up again, and take away what a bug has written: the next is not found by what the last one did."""
    as_owner("ALTER TABLE accounts_account ENABLE ROW LEVEL SECURITY")
    as_owner("DELETE FROM accounts_step WHERE title = 't'")
    as_owner("DELETE FROM accounts_outbox WHERE kind = 'x'")
    as_owner(ADD_STEP_KEY)
