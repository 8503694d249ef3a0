"""The application for a WSGI server: `gunicorn wsgi:app`."""

import config
from campaigns import logs
from campaigns.app import create_app

logs.set_up(config.load().log_level)
app = create_app()
