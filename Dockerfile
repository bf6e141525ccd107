# Two images from one file: `--target web` (web, delivery, upkeep, migrate) and `--target worker` (what scores).
# Torch is in neither: a Detoxify model named by TOXICITY_MODEL is compiled in a stage of its own and only its result kept.
ARG PYTHON_VERSION=3.12

FROM python:${PYTHON_VERSION}-slim AS source
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PATH=/opt/moderato/bin:$PATH
RUN python -m venv /opt/moderato
WORKDIR /source
COPY pyproject.toml constraints.txt README.md ./
COPY service service
COPY workers workers
COPY integrations/form integrations/form

FROM source AS installed-web
RUN pip install -c constraints.txt '.[postgres]'

FROM source AS installed-worker
RUN pip install -c constraints.txt '.[serving,postgres]'

FROM source AS compiled
ARG TOXICITY_MODEL=compact
ENV MODERATO_CACHE_DIR=/models
RUN mkdir /models \
    && if [ "$TOXICITY_MODEL" != compact ]; then \
        pip install -c constraints.txt '.[workers]' && moderato models compile "$TOXICITY_MODEL"; \
    fi

FROM python:${PYTHON_VERSION}-slim AS runtime
RUN useradd --system --uid 10001 --home-dir /data moderato && install -d -o moderato -m 0700 /data
ENV PATH=/opt/moderato/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 MODERATO_DATA_DIR=/data
WORKDIR /data
VOLUME /data
USER moderato

FROM runtime AS web
COPY --from=installed-web /opt/moderato /opt/moderato
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["moderato", "alive", "web"]
CMD ["moderato", "web"]

FROM runtime AS worker
ARG TOXICITY_MODEL=compact
ENV MODERATO_TOXICITY_MODEL=${TOXICITY_MODEL} MODERATO_CACHE_DIR=/models
COPY --from=installed-worker /opt/moderato /opt/moderato
COPY --from=compiled /models /models
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["moderato", "alive", "classification"]
CMD ["moderato", "worker", "classification"]
