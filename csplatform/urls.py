"""Every route: pages under /t/<slug>/, REST under /api/v1, identity at the root."""

from django.urls import URLPattern, URLResolver, include, path

from csplatform import api, health_checks
from csplatform.views import account as account_tabs
from csplatform.views import account_forms as writing
from csplatform.views import (
    accounts,
    acknowledging,
    advocates,
    brief,
    bulk_edit,
    calls,
    card,
    coverage,
    facts,
    focus,
    inferred,
    links,
    monday,
    notes,
    org,
    people,
    persona,
    pillars,
    prescribed,
    promises,
    risk,
    search,
    seats,
    situations,
    support,
    today,
    touches,
    work,
)
from health.urls import tracking_routes

account = "t/<slug:slug>/accounts/<uuid:account_id>"
work_pages = [
    path(f"{account}/steps", work.add_step, name="add_step"),
    path(f"{account}/steps/<uuid:step_id>/done", work.finish_step, name="finish_step"),
    *(
        route
        for kind in work.KINDS
        for route in (
            path(f"{account}/{kind}s/new", work.add, {"kind": kind}, name=f"new_{kind}"),
            path(f"{account}/{kind}s/<uuid:id>", work.edit, {"kind": kind}, name=kind),
            path(f"{account}/{kind}s/<uuid:id>/delete", work.delete, {"kind": kind}, name=f"delete_{kind}"),
        )
    ),
    path(f"{account}/touches/<uuid:touch_id>", touches.edit, name="touch"),
    path(f"{account}/touches/<uuid:touch_id>/delete", touches.delete, name="delete_touch"),
    path("t/<slug:slug>/touches", touches.touches, name="touches"),
    path("t/<slug:slug>/call", calls.find_account, name="find_account"),
    path(f"{account}/call", calls.call, name="call"),
    path(f"{account}/card", card.card, name="card"),
    path(f"{account}/people/chart.svg", org.chart_file, name="org_chart_file"),
    path(f"{account}/edges", org.add_edge, name="add_edge"),
    path(f"{account}/edges/<uuid:edge_id>/end", org.end_edge, name="end_edge"),
    path(f"{account}/edges/<uuid:edge_id>/weigh", org.weigh_edge, name="weigh_edge"),
    path(f"{account}/pairings", org.add_pairing, name="add_pairing"),
    path(f"{account}/pairings/<uuid:pairing_id>/end", org.end_pairing, name="end_pairing"),
    path(f"{account}/seats/<slug:role>", seats.seat, name="seat"),
    path(f"{account}/seats/<slug:role>/fill", seats.fill_seat, name="fill_seat"),
    path(f"{account}/brief", brief.brief, name="brief"),
    path(f"{account}/trust", pillars.trust, name="account_trust"),
    path(f"{account}/promises/new", promises.add, name="new_promise"),
    path(f"{account}/promises/<uuid:promise_id>", promises.promise, name="promise"),
    path(f"{account}/promises/<uuid:promise_id>/delete", promises.delete, name="delete_promise"),
    path("t/<slug:slug>/situations", situations.library, name="situations"),
    path(f"{account}/situations/new", situations.add, name="new_situation"),
    path(f"{account}/situations/<uuid:situation_id>", situations.situation, name="situation"),
    path(f"{account}/situations/<uuid:situation_id>/step", situations.make_step, name="situation_step"),
    path(f"{account}/situations/<uuid:situation_id>/delete", situations.delete, name="delete_situation"),
    path("t/<slug:slug>/promises", promises.ledger, name="promises"),
    path("t/<slug:slug>/advocates", advocates.advocates, name="advocates"),
    path(f"{account}/accept", prescribed.accept, name="accept_prescription"),
    path(f"{account}/acknowledge", acknowledging.acknowledge, name="acknowledge"),
    path("t/<slug:slug>/risk/accounts", acknowledging.at_risk, name="at_risk"),
    path("t/<slug:slug>/without-step", prescribed.without_step, name="without_step"),
]

accounts_pages = [
    path("t/<slug:slug>/accounts", accounts.accounts_list, name="accounts"),
    path("t/<slug:slug>/accounts/export", accounts.export, name="export_accounts"),
    path("t/<slug:slug>/accounts/segment", accounts.export_segment, name="export_segment"),
    path("t/<slug:slug>/accounts/edit", bulk_edit.edit_many, name="edit_many"),
    path("t/<slug:slug>/accounts/edits/<uuid:job_id>", bulk_edit.bulk_edit, name="bulk_edit"),
    path("t/<slug:slug>/accounts/edits/<uuid:job_id>/cancel", bulk_edit.cancel_edit, name="cancel_edit"),
    path("t/<slug:slug>/accounts/edits/<uuid:job_id>/undo", bulk_edit.undo_edit, name="undo_edit"),
    path("t/<slug:slug>/accounts/new", accounts.add_account, name="add_account"),
    path("t/<slug:slug>/accounts/<uuid:account_id>", account_tabs.overview, name="account"),
    path("t/<slug:slug>/accounts/<uuid:account_id>/people", people.people, name="account_people"),
    path("t/<slug:slug>/accounts/<uuid:account_id>/usage", account_tabs.usage, name="account_usage"),
    path("t/<slug:slug>/accounts/<uuid:account_id>/notes", notes.notes, name="account_notes"),
    path("t/<slug:slug>/accounts/<uuid:account_id>/timeline", account_tabs.timeline, name="account_timeline"),
    path("t/<slug:slug>/accounts/<uuid:account_id>/edit", writing.edit_account, name="edit_account"),
    path("t/<slug:slug>/accounts/<uuid:account_id>/people/new", writing.add_person, name="add_person"),
    *work_pages,
    path("t/<slug:slug>/accounts/<uuid:account_id>/override", writing.override, name="override"),
    path(
        "t/<slug:slug>/accounts/<uuid:account_id>/override/clear",
        writing.clear_override,
        name="clear_override",
    ),
    path("t/<slug:slug>/accounts/<uuid:account_id>/stage", writing.move_stage, name="move_stage"),
    path("t/<slug:slug>/accounts/<uuid:account_id>/answers/new", writing.add_response, name="add_response"),
    path("t/<slug:slug>/personas/<uuid:persona_id>", persona.persona, name="persona"),
    path("t/<slug:slug>/personas/<uuid:persona_id>/edit", persona.edit_persona, name="edit_persona"),
    path("t/<slug:slug>/personas/<uuid:persona_id>/template", facts.template, name="apply_template"),
    path("t/<slug:slug>/personas/<uuid:persona_id>/facts/<slug:key>", facts.fact, name="fact"),
    path(
        "t/<slug:slug>/personas/<uuid:persona_id>/facts/<slug:key>/confirm",
        facts.confirm,
        name="confirm_fact",
    ),
    path(
        "t/<slug:slug>/personas/<uuid:persona_id>/facts/<slug:key>/delete", facts.delete, name="delete_fact"
    ),
    path("t/<slug:slug>/personas/<uuid:persona_id>/links", links.links, name="persona_links"),
    path("t/<slug:slug>/personas/<uuid:persona_id>/unlink", links.unlink, name="unlink_persona"),
    path("t/<slug:slug>/personas/<uuid:persona_id>/left", persona.mark_left, name="mark_left"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health_checks.healthz),
    path("readyz", health_checks.readyz),
    path("metrics", health_checks.metrics),
    path("api/v1/", include(api.routes)),
    path("v1/", include(tracking_routes)),
    path("t/<slug:slug>/", today.today, name="today"),
    path("t/<slug:slug>/rate/differences", inferred.differences, name="differences"),
    path("", include("relationships.urls")),
    path("", include("journeys.urls")),
    path("t/<slug:slug>/risk", risk.risk, name="risk"),
    path("t/<slug:slug>/risk/coverage", coverage.coverage, name="coverage"),
    path("t/<slug:slug>/focus", focus.focus, name="focus"),
    path("t/<slug:slug>/risk/support", support.support_contacts, name="support_contacts"),
    path("t/<slug:slug>/risk/monday", monday.monday, name="monday"),
    path("t/<slug:slug>/risk/monday/rows", monday.rows, name="monday_rows"),
    path("t/<slug:slug>/risk/monday/slide", monday.slide, name="monday_slide"),
    path("t/<slug:slug>/search", search.search, name="search"),
    *accounts_pages,
    path("", include("health.urls")),
    path("", include("accounts.urls")),
]
