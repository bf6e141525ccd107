"""The application for a WSGI server: `gunicorn service.wsgi:app`."""

from service.app import create_app
from service.settings import load

app = create_app(load())
