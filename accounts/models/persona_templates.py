"""Persona templates: what one may assume of people of a kind until they say otherwise, reusable across accounts."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.book import Persona
from accounts.tenancy import TenantModel

ROLES = [("", _("Any role")), *Persona.Role.choices]


class PersonaTemplate(TenantModel):
    """One kind of person, usual in ``role`` or in any. ``facts``: what is assumed, by the key of a kind of fact. One
    that was used is switched off, never removed: the facts it filled in stay what they are."""

    key = models.CharField(max_length=50)
    label = models.CharField(max_length=100)
    role = models.CharField(max_length=20, choices=ROLES, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="persona_template_key")]
