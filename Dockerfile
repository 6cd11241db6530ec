# docker build -t augcli --build-arg EXTRAS=models,excel .
# docker run --rm -v "$PWD:/data" --user "$(id -u):$(id -g)" augcli run config.yaml
ARG PYTHON=3.12

FROM python:${PYTHON}-slim AS build
ARG EXTRAS=""
COPY . /src
RUN pip install --no-cache-dir --prefix /install -c /src/constraints.txt "/src${EXTRAS:+[$EXTRAS]}"

FROM python:${PYTHON}-slim
COPY --from=build /install /usr/local
RUN useradd --create-home augcli
USER augcli
# whoever the container runs as may write here
ENV AUGCLI_CACHE=/tmp/augcli
WORKDIR /data
ENTRYPOINT ["augcli"]
CMD ["--help"]
