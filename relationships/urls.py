"""Routes of the rating grid, under /t/<slug>/."""

from django.urls import path

from relationships import views

urlpatterns = [
    path("t/<slug:slug>/rate", views.rate, name="rate"),
    path("t/<slug:slug>/rate/<uuid:persona_id>", views.rate_person, name="rate_person"),
    path("t/<slug:slug>/rate/undo/<uuid:rating_id>", views.undo, name="rate_undo"),
]
