#!/bin/sh
# Pins requirements with hashes for every platform and Python from 3.11; no index address gets into the files.
set -eu
for target in "requirements.lock" "requirements-dev.lock --group dev"; do
    set -- $target
    out=$1
    shift
    .venv/bin/uv pip compile pyproject.toml -o "$out" "$@" --quiet --generate-hashes --universal --python-version 3.11 \
        --no-header --no-emit-index-url --no-emit-find-links
done
if grep -nE '://' requirements.lock requirements-dev.lock; then
    echo "an address got into a lock file" >&2
    exit 1
fi
