#!/usr/bin/env bash
# `npm start`: serves the Worker on this machine; it is built first where a source has changed.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/node_modules/.bin:$PATH"

# Each live object holds three files: take as many as the system gives. Where it says "unlimited" it may not mean it.
ulimit -n "$(ulimit -Hn)" 2> /dev/null || ulimit -n 65536 2> /dev/null || true
# Node starts and watches workerd, and does little else: a small heap, and what it freed given back to the system, are
# enough.
export MALLOC_ARENA_MAX=2 MALLOC_TRIM_THRESHOLD_=131072
exec node --max-semi-space-size=1 --optimize-for-size src/local/main.js
