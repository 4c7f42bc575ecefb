"""Routes of the first floor: the way in at the root (allauth's views under our own names), settings under /t/<slug>/."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from django.db.transaction import non_atomic_requests
from django.urls import path, re_path

from accounts.api.acknowledgements import AcknowledgementView
from accounts.api.base import resource_routes
from accounts.api.exports import ExportView
from accounts.api.imports import ImportMappingView, ImportView
from accounts.api.links import PersonaLinksView
from accounts.api.notes import NoteView
from accounts.api.notices import NotificationView
from accounts.api.personas import PersonaTemplateView
from accounts.api.promises import KeptRateView, PromiseView
from accounts.api.shares import ShareView
from accounts.api.tenant import ActivityView, FeatureView, JobView, MemberView, MeView
from accounts.api.touches import TouchpointView
from accounts.api.webhooks import DeliveryView, WebhookView
from accounts.api.work import CaseView, InitiativeView, OutcomeView, StepView
from accounts.views import exports as export_views
from accounts.views import (
    identity,
    keys,
    members,
    notes,
    notices,
    organisation,
    persona_templates,
    saved_views,
    shared,
    touchpoints,
    webhooks,
    work,
)
from accounts.views import imports as import_views

# Without a surrounding transaction: throttles count in the database, and must neither wait for a slow neighbour's
# COMMIT nor forget an attempt that ended in an error.
way_in = [
    path("login", non_atomic_requests(account.login), name="account_login"),
    path("login/code", non_atomic_requests(mfa.authenticate), name="mfa_authenticate"),
    path("logout", account.logout, name="account_logout"),
    path("inactive", account.account_inactive, name="account_inactive"),
    path("password/forgotten", non_atomic_requests(account.password_reset), name="account_reset_password"),
    path("password/sent", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[^/]+)$",
        non_atomic_requests(account.password_reset_from_key),
        name="account_reset_password_from_key",
    ),
    path(
        "password/changed", account.password_reset_from_key_done, name="account_reset_password_from_key_done"
    ),
]

own_login = [
    path("me/password", account.password_change, name="account_change_password"),
    path("me/confirm", non_atomic_requests(account.reauthenticate), name="account_reauthenticate"),
    path("me/confirm/code", non_atomic_requests(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("me/two-factor", mfa.index, name="mfa_index"),
    path("me/two-factor/on", totp.activate_totp, name="mfa_activate_totp"),
    path("me/two-factor/off", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("me/recovery-codes", recovery.view_recovery_codes, name="mfa_view_recovery_codes"),
    path("me/recovery-codes/new", recovery.generate_recovery_codes, name="mfa_generate_recovery_codes"),
    path("me/recovery-codes/file", recovery.download_recovery_codes, name="mfa_download_recovery_codes"),
]

settings = [
    path("t/<slug:slug>/settings", organisation.index, name="settings"),
    path("t/<slug:slug>/settings/members", members.members, name="members"),
    path("t/<slug:slug>/settings/members/<uuid:member_id>", members.member, name="member"),
    path(
        "t/<slug:slug>/settings/invitations/<uuid:invitation_id>/resend",
        members.resend_invitation,
        name="resend_invitation",
    ),
    path(
        "t/<slug:slug>/settings/invitations/<uuid:invitation_id>/revoke",
        members.revoke_invitation,
        name="revoke_invitation",
    ),
    path("t/<slug:slug>/settings/keys", keys.keys, name="keys"),
    path("t/<slug:slug>/settings/keys/<uuid:key_id>/revoke", keys.revoke_key, name="revoke_key"),
    path("t/<slug:slug>/settings/webhooks", webhooks.webhooks, name="webhooks"),
    path("t/<slug:slug>/settings/webhooks/<uuid:webhook_id>", webhooks.webhook, name="webhook"),
    path(
        "t/<slug:slug>/settings/webhooks/<uuid:webhook_id>/deliveries", webhooks.deliveries, name="deliveries"
    ),
    path(
        "t/<slug:slug>/settings/webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/replay",
        webhooks.replay_delivery,
        name="replay_delivery",
    ),
    *(
        path(f"t/<slug:slug>/settings/webhooks/<uuid:webhook_id>/{verb}", view, name=f"{verb}_webhook")
        for verb, view in (
            ("test", webhooks.test_webhook),
            ("rotate", webhooks.rotate_webhook),
            ("switch", webhooks.switch_webhook),
            ("delete", webhooks.delete_webhook),
            ("replay", webhooks.replay_webhook),
        )
    ),
    path("t/<slug:slug>/settings/exports", export_views.export_list, name="exports"),
    path(
        "t/<slug:slug>/settings/exports/<uuid:job_id>/progress", export_views.progress, name="export_progress"
    ),
    path("t/<slug:slug>/settings/exports/<uuid:job_id>/cancel", export_views.cancel, name="cancel_export"),
    path("t/<slug:slug>/settings/exports/<uuid:job_id>/file", export_views.file, name="export_file"),
    path("t/<slug:slug>/settings/imports", import_views.import_list, name="imports"),
    path("t/<slug:slug>/settings/imports/<uuid:import_id>", import_views.import_page, name="import"),
    path(
        "t/<slug:slug>/settings/imports/<uuid:import_id>/progress",
        import_views.progress,
        name="import_progress",
    ),
    path(
        "t/<slug:slug>/settings/imports/<uuid:import_id>/mapping", import_views.mapping, name="import_mapping"
    ),
    path("t/<slug:slug>/settings/imports/<uuid:import_id>/run", import_views.run, name="run_import"),
    path("t/<slug:slug>/settings/imports/<uuid:import_id>/undo", import_views.undo, name="undo_import"),
    path("t/<slug:slug>/settings/imports/<uuid:import_id>/cancel", import_views.cancel, name="cancel_import"),
    path("t/<slug:slug>/settings/imports/<uuid:import_id>/errors", import_views.errors, name="import_errors"),
    path(
        "t/<slug:slug>/settings/mappings/<uuid:mapping_id>/forget",
        import_views.forget_mapping,
        name="forget_mapping",
    ),
    path("t/<slug:slug>/settings/organisation", organisation.organisation, name="organisation"),
    path("t/<slug:slug>/settings/rates", organisation.exchange_rate, name="exchange_rate"),
    path("t/<slug:slug>/settings/touchpoints", touchpoints.touchpoints, name="touchpoints"),
    path(
        "t/<slug:slug>/settings/touchpoints/<uuid:touchpoint_id>",
        touchpoints.change_touchpoint,
        name="change_touchpoint",
    ),
    path(
        "t/<slug:slug>/settings/persona-templates",
        persona_templates.persona_templates,
        name="persona_templates",
    ),
    path(
        "t/<slug:slug>/settings/persona-templates/<uuid:template_id>",
        persona_templates.persona_template,
        name="persona_template",
    ),
    path(
        "t/<slug:slug>/settings/persona-templates/<uuid:template_id>/change",
        persona_templates.change_persona_template,
        name="change_persona_template",
    ),
    path("t/<slug:slug>/settings/activity", organisation.activity, name="activity"),
    path("t/<slug:slug>/settings/work", work.work, name="work"),
    path("t/<slug:slug>/settings/work/<uuid:work_id>/retry", work.retry_work, name="retry_work"),
]

saved = [
    path("t/<slug:slug>/views", saved_views.add_view, name="add_view"),
    path("t/<slug:slug>/views/<uuid:view_id>", saved_views.change_view, name="change_view"),
    path("t/<slug:slug>/views/<uuid:view_id>/delete", saved_views.delete_view, name="delete_view"),
]

notice_pages = [
    path("t/<slug:slug>/notifications", notices.notifications, name="notifications"),
    path("t/<slug:slug>/notifications/read", notices.read_notifications, name="read_notifications"),
    path("t/<slug:slug>/notifications/settings", notices.notification_settings, name="notification_settings"),
    path(
        "t/<slug:slug>/notifications/<uuid:notification_id>",
        notices.open_notification,
        name="open_notification",
    ),
]

note_pages = [
    path("t/<slug:slug>/accounts/<uuid:account_id>/notes/new", notes.add_note, name="add_note"),
    path("t/<slug:slug>/notes/<uuid:note_id>", notes.note, name="note"),
    path("t/<slug:slug>/notes/<uuid:note_id>/edit", notes.edit_note, name="edit_note"),
    path("t/<slug:slug>/notes/<uuid:note_id>/pin", notes.pin_note, name="pin_note"),
    path("t/<slug:slug>/notes/<uuid:note_id>/delete", notes.delete_note, name="delete_note"),
    path("t/<slug:slug>/notes/<uuid:note_id>/restore", notes.restore_note, name="restore_note"),
]

urlpatterns = [
    path("", identity.home, name="home"),
    path("me", identity.me, name="me"),
    path("me/theme", identity.theme, name="theme"),
    path("unsubscribe/<str:token>", notices.unsubscribe, name="unsubscribe"),
    path("invitations/<str:token>", identity.invitation, name="invitation"),
    path("shared/<str:token>", shared.shared, name="shared"),
    *way_in,
    *own_login,
    *settings,
    *saved,
    *note_pages,
    *notice_pages,
]

# Under /api/v1. Accounts and personas are the roof's to route: it adds the fields of higher floors.
api_routes = [
    path("promises/kept-rate", KeptRateView.as_view({"get": "kept_rates"}), name="api-kept-rate"),
    *resource_routes("promises", PromiseView),
    path(
        "personas/<uuid:id>/links",
        PersonaLinksView.as_view({"get": "retrieve", "post": "link"}),
        name="api-persona-links",
    ),
    path(
        "personas/<uuid:id>/unlink",
        PersonaLinksView.as_view({"post": "unlink"}),
        name="api-persona-unlink",
    ),
    *resource_routes("steps", StepView),
    *resource_routes("cases", CaseView),
    *resource_routes("initiatives", InitiativeView),
    *resource_routes("outcomes", OutcomeView),
    *resource_routes("touchpoints", TouchpointView),
    *resource_routes("persona-templates", PersonaTemplateView),
    *resource_routes("notes", NoteView),
    path(
        "notes/<uuid:id>/versions",
        NoteView.as_view({"get": "versions"}, basename="notes"),
        name="api-notes-versions",
    ),
    *resource_routes("members", MemberView),
    *resource_routes("notifications", NotificationView),
    path("imports/kinds", ImportView.as_view({"get": "kinds"}, basename="imports"), name="api-import-kinds"),
    *resource_routes("imports/mappings", ImportMappingView),
    path("exports", ExportView.as_view({"post": "create"}, basename="exports"), name="api-exports"),
    path(
        "exports/<uuid:id>/file",
        ExportView.as_view({"get": "file"}, basename="exports"),
        name="api-export-file",
    ),
    *resource_routes("imports", ImportView, {"preview": "preview", "run": "run", "undo": "undo"}),
    path(
        "imports/<uuid:id>/mapping",
        ImportView.as_view({"patch": "change"}, basename="imports"),
        name="api-import-mapping",
    ),
    path(
        "imports/<uuid:id>/rows",
        ImportView.as_view({"get": "rows_seen"}, basename="imports"),
        name="api-import-rows",
    ),
    path(
        "imports/<uuid:id>/errors",
        ImportView.as_view({"get": "errors"}, basename="imports"),
        name="api-import-errors",
    ),
    *resource_routes("webhooks", WebhookView, {"rotate": "rotate", "test": "test", "replay": "replay"}),
    path(
        "webhooks/events",
        WebhookView.as_view({"get": "events"}, basename="webhooks"),
        name="api-webhook-events",
    ),
    path(
        "webhooks/subscribe",
        WebhookView.as_view({"post": "subscribe"}, basename="webhooks"),
        name="api-webhook-subscribe",
    ),
    path(
        "webhooks/unsubscribe",
        WebhookView.as_view({"post": "unsubscribe"}, basename="webhooks"),
        name="api-webhook-unsubscribe",
    ),
    path(
        "webhooks/<uuid:webhook_id>/deliveries",
        DeliveryView.as_view({"get": "list"}, basename="deliveries"),
        name="api-webhook-deliveries",
    ),
    path(
        "webhooks/<uuid:webhook_id>/deliveries/<uuid:id>/replay",
        DeliveryView.as_view({"post": "replay"}, basename="deliveries"),
        name="api-webhook-delivery-replay",
    ),
    path(
        "accounts/<uuid:id>/acknowledgements",
        AcknowledgementView.as_view({"get": "list", "post": "create"}),
        name="api-acknowledgements",
    ),
    path(
        "accounts/<uuid:id>/shares",
        ShareView.as_view({"get": "list", "post": "create"}),
        name="api-shares",
    ),
    path("accounts/<uuid:id>/shares/shown", ShareView.as_view({"get": "shown"}), name="api-shown"),
    path(
        "accounts/<uuid:id>/shares/<uuid:share_id>/revoke",
        ShareView.as_view({"post": "revoke"}),
        name="api-share-revoke",
    ),
    path("me", MeView.as_view({"get": "retrieve"}, basename="me"), name="api-me"),
    path(
        "features",
        FeatureView.as_view({"get": "list", "put": "replace"}, basename="features"),
        name="api-features",
    ),
    path(
        "jobs/<uuid:id>",
        JobView.as_view({"get": "retrieve", "delete": "cancel"}, basename="jobs"),
        name="api-jobs",
    ),
    path("activity", ActivityView.as_view({"get": "feed"}, basename="activity"), name="api-activity"),
]
