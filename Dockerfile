# The connector on Airbyte's Python image. The base is the one that metadata.yaml names.
ARG BASE_IMAGE=docker.io/airbyte/python-connector-base:4.1.0@sha256:1d1aa21d34e851df4e8a87b391c27724c06e2597608e7161f4d167be853bd7b6

FROM ${BASE_IMAGE} AS builder
USER root
WORKDIR /build
# Dependencies first: they change less often than the code, so their layer is reused. Left out are their own tests, and
# a quarter of all: pandas and numpy, with which the CDK reads tables in files.
COPY requirements-runtime.lock requirements-build.lock ./
RUN pip install --no-cache-dir --no-compile --prefix=/install --no-deps --require-hashes --requirement requirements-runtime.lock \
    && find /install -type d \( -name tests -o -name 'pandas*' -o -name 'numpy*' \) -prune -exec rm -r {} + \
    && pip install --no-cache-dir --no-deps --require-hashes --requirement requirements-build.lock
COPY LICENSE README.md pyproject.toml ./
COPY source_tiktok_marketing ./source_tiktok_marketing
RUN pip install --no-cache-dir --no-compile --prefix=/install --no-deps --no-build-isolation .

FROM ${BASE_IMAGE}
LABEL io.airbyte.name="airbyte/source-tiktok-marketing" io.airbyte.version="6.0.0"
USER root
COPY --from=builder /install /usr/local
# One start leaves the byte code of what is used, a small part of what is installed.
RUN source-tiktok-marketing spec > /dev/null
WORKDIR /airbyte/integration_code
USER airbyte
# Airbyte's platform starts a connector by this variable, everybody else by the entry point.
ENV AIRBYTE_ENTRYPOINT="source-tiktok-marketing"
ENTRYPOINT ["source-tiktok-marketing"]
