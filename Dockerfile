# One image for site, desk and worker; DOOR chooses.
FROM python:3.12-slim-bookworm

RUN apt-get update && apt-get install -y --no-install-recommends gettext libgdal32 libgeos-c1v5 libproj25 \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --create-home --home-dir /srv/lusotown lusotown
WORKDIR /srv/lusotown/app

COPY requirements.lock ./
RUN pip install --no-cache-dir --require-hashes -r requirements.lock

COPY . .
RUN msgfmt --check -o locale/pt/LC_MESSAGES/django.mo locale/pt/LC_MESSAGES/django.po \
    && SECRET_KEY=build DOOR=owner DATABASE_URL=postgres://nobody@nowhere/nothing \
       STATIC_ROOT=/srv/lusotown/collected python manage.py collectstatic --noinput -v 0 \
    && cd /srv/lusotown && mkdir media exports evidence && chown lusotown media exports evidence

ENV STATIC_ROOT=/srv/lusotown/collected MEDIA_ROOT=/srv/lusotown/media EXPORT_ROOT=/srv/lusotown/exports \
    EVIDENCE_ROOT=/srv/lusotown/evidence PYTHONUNBUFFERED=1
USER lusotown
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--no-ws", "--host", "0.0.0.0", "--workers", "2", "--blocking-threads", "2", "config.wsgi:application"]
