#!/bin/sh
# Makes .venv from a hash-pinned lock. One clear line when it cannot. Usage: venv.sh LOCK MARKER
set -eu
lock=$1 marker=$2
python=${PYTHON:-python3}

say() { printf '%s\n' "$*" >&2; }

command -v "$python" >/dev/null 2>&1 || {
    say "tiepdan: không tìm thấy Python. Cần Python 3.11 trở lên (no Python found; 3.11 or newer is needed, or set PYTHON=…)."
    exit 2
}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
    say "tiepdan: Python quá cũ: $("$python" --version 2>&1). Cần 3.11 trở lên (Python is too old; 3.11 or newer is needed, or set PYTHON=…)."
    exit 2
}
.venv/bin/python -m pip --version >/dev/null 2>&1 || {
    say "tiepdan: tạo môi trường .venv (making the virtual environment)"
    rm -rf .venv # what a failed start left has no pip, and would be blamed on the network
    "$python" -m venv .venv >/dev/null 2>&1 || {
        rm -rf .venv
        say "tiepdan: không tạo được .venv; cài gói python3-venv (could not make .venv; install python3-venv)."
        exit 2
    }
}
say "tiepdan: cài thư viện từ $lock, lần đầu mất một đến vài phút (installing from $lock; the first time takes a minute or more)"
log=.venv/install.log
if ! .venv/bin/python -m pip install --disable-pip-version-check --require-hashes --no-deps --retries 2 -r "$lock" >"$log" 2>&1; then
    if grep -qiE "hash(es)? (mismatch|do not match)|DO NOT MATCH THE HASHES" "$log"; then
        say "tiepdan: một gói tải về không khớp mã băm trong $lock; dừng (a package does not match its hash); xem $log."
    else
        say "tiepdan: không cài được thư viện: có lẽ không có mạng tới kho gói Python (could not install; probably no network to the package index); xem $log."
    fi
    exit 2
fi
touch "$marker"
