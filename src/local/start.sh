#!/usr/bin/env bash
# `npm start`: builds the Worker, then serves it on this machine.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/node_modules/.bin:$PATH"

npm run --silent build > /dev/null
# Each live object holds three files: take as many as the system gives.
ulimit -n "$(ulimit -Hn)"
exec node src/local/main.ts
