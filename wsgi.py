"""The WSGI application for gunicorn and its kin: `gunicorn -c python:optiid.gunicorn_conf wsgi:app`."""

from optiid import serving_worker  # noqa: F401 - whatever the worker, gunicorn's own refusals become SCIM errors
from optiid.dispatching import create_service

app = create_service()
