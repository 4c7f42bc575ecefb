# One image for web, worker, beat, dispatch and migrate. Third-party styles and scripts come from npm by lock file.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY requirements.txt ./
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes --no-deps -r requirements.txt
COPY . .
ENV STATIC_ROOT=/app/staticfiles
# Gathering static files reads the settings and connects to nothing.
RUN /venv/bin/python -m csplatform.assets && rm -r node_modules && \
    SECRET_KEY=build DATABASE_URL=postgres://app:x@127.0.0.1:1/x OWNER_DATABASE_URL=postgres://owner:x@127.0.0.1:1/x \
    REDIS_URL=redis://127.0.0.1:1/0 /venv/bin/python manage.py collectstatic --no-input --verbosity 0

FROM python:3.11-slim-bookworm
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build /app /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 CSP_HOME=/data STATIC_ROOT=/app/staticfiles PROMETHEUS_MULTIPROC_DIR=/tmp/metrics
RUN useradd --system --uid 10001 --home-dir /data --create-home csplatform
USER 10001
VOLUME /data
EXPOSE 8000
CMD ["gunicorn", "--config", "python:csplatform.gunicorn_config", "--bind", "0.0.0.0:8000", "csplatform.wsgi"]
