"""Wiring: settings, extensions and features become one application. Nothing else."""

import logging
import sys
from typing import Any

import structlog
from flask import Flask
from flask_wtf import CSRFProtect
from htmx_flask import Htmx
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import (
    cli,
    config,
    crypto,
    db,
    envelope,
    forms,
    i18n,
    profile,
    reactions,
    starting,
    static_files,
    web,
)
from portal.complaints.concerned import views as concerned_views
from portal.complaints.counting import views as learning_views
from portal.complaints.filing import uploads as filing_files
from portal.complaints.filing import views as filing_views
from portal.complaints.following import views as following_views
from portal.complaints.handling import register as complaints_register
from portal.complaints.handling import steps as complaint_steps
from portal.config import ROOT, Settings
from portal.identity import accounts
from portal.identity import people as people_views
from portal.identity import views as identity_views
from portal.insight import views as insight_views
from portal.insight.views import complaints as complaint_figures
from portal.outbox import views as outbox_views
from portal.privacy.persons import views as persons_views
from portal.privacy.retention import views as retention_views
from portal.surveys.answering import views as answering_views
from portal.surveys.inviting import views as inviting_views
from portal.surveys.paper import views as paper_views
from portal.talks.advices import views as advice_views
from portal.talks.arranging import views as arranging_views
from portal.talks.joining import circle as circle_views
from portal.talks.joining import views as joining_views

BLUEPRINTS = (
    insight_views.public,
    insight_views.staff,
    answering_views.blueprint,
    inviting_views.public,
    inviting_views.staff,
    inviting_views.letters,
    paper_views.blueprint,
    filing_views.blueprint,
    filing_files.blueprint,
    following_views.blueprint,
    concerned_views.blueprint,
    learning_views.blueprint,
    complaints_register.blueprint,
    complaint_steps.blueprint,
    complaint_figures.blueprint,
    circle_views.blueprint,
    joining_views.blueprint,
    arranging_views.blueprint,
    advice_views.staff_pages,
    advice_views.public,
    identity_views.blueprint,
    people_views.blueprint,
    retention_views.blueprint,
    persons_views.blueprint,
    outbox_views.blueprint,
)


class Portal(Flask):
    """Flask, but for what it logs."""

    def log_exception(self, exc_info: Any) -> None:
        """Nothing here: Flask would log the path and the values. `web` logs what is safe."""


def create_app(settings: Settings | None = None, **overrides: Any) -> Flask:
    """The portal as configured. `overrides` are settings given by tests and commands."""
    settings = settings or config.load(**overrides)
    _log_as_json()
    app = Portal("portal", root_path=str(ROOT), template_folder="templates", static_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SQLALCHEMY_DATABASE_URI=settings.sqlalchemy_url,
        SQLALCHEMY_ENGINE_OPTIONS={"hide_parameters": True},
        MAX_CONTENT_LENGTH=web.BODY_LIMIT,
        MAX_FORM_MEMORY_SIZE=web.BODY_LIMIT,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_NAME="__Host-portal" if settings.secure else "portal",
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.extensions["settings"] = settings
    app.extensions["profile"] = profile.load(settings.profile)
    app.extensions["keyring"] = crypto.Keyring(
        data_keys=settings.data_keys, link_keys=settings.link_keys, index_key=settings.index_key
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        profile=app.extensions["profile"], settings=settings, errors_of=forms.errors_of
    )
    if settings.is_production:
        app.wsgi_app = envelope.at_own_address(app.wsgi_app, settings)  # type: ignore[assignment, method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    db.init_app(app)
    i18n.init_app(app)
    static_files.init_app(app, settings.instance)
    app.wsgi_app = envelope.around(app.wsgi_app, settings)  # type: ignore[assignment, method-assign]
    Htmx(app)
    CSRFProtect(app)
    web.init_app(app)
    app.before_request(starting.hold_up)
    accounts.init_app(app)
    reactions.connect()
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app


def _log_as_json() -> None:
    """One line of JSON an event, on standard error, for the portal and the libraries alike."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.getLogger("werkzeug").setLevel(logging.ERROR)


def main() -> None:
    """The `portal` command."""
    cli.run(create_app)
