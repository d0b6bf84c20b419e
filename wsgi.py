"""The WSGI application for gunicorn and its kin: `gunicorn wsgi:app`."""

from optiid.application import create_app

app = create_app()
