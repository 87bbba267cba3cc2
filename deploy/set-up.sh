#!/usr/bin/env bash
# `npm run deploy:setup`: makes once, in the Cloudflare account that wrangler is logged in to, what the Worker needs
# (D1 with its tables, R2 with its lifecycle rule, secrets), and deploys it for the first time. It leaves alone what is
# there already, so that it may be run again after it failed half-way: above all an ENCRYPTION_KEY, without which the
# endpoints' secrets are lost.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

database=atlas-webhooks
bucket=atlas-webhooks-archive

# Fails here, and not in one of the questions below, where there is no login or no network.
wrangler whoami

wrangler d1 info "$database" > /dev/null 2>&1 || wrangler d1 create "$database" --update-config=false
wrangler r2 bucket info "$bucket" > /dev/null 2>&1 || wrangler r2 bucket create "$bucket" --update-config=false
# Replay reaches back 30 days. The service does not depend on this rule; it keeps the bill small.
wrangler r2 bucket lifecycle list "$bucket" 2> /dev/null | grep -q expire-30d ||
  wrangler r2 bucket lifecycle add "$bucket" expire-30d --expire-days 30 -y
wrangler d1 migrations apply DB --remote

if wrangler secret list 2> /dev/null | grep -q ENCRYPTION_KEY; then
  wrangler deploy
  echo
  echo "The Worker has its secrets already; they stay as they are."
  exit
fi

umask 077
secrets=$(mktemp)
trap 'rm -f "$secrets"' EXIT
admin_token=${ADMIN_TOKEN:-$(node -p 'crypto.randomBytes(32).toString("base64url")')}
encryption_key=${ENCRYPTION_KEY:-$(node -p 'crypto.randomBytes(32).toString("base64")')}
printf '{"ADMIN_TOKEN":"%s","ENCRYPTION_KEY":"%s"}' "$admin_token" "$encryption_key" > "$secrets"
wrangler deploy --secrets-file "$secrets"

echo
echo "Keep these two; Cloudflare does not show them again, and without the key the endpoints' secrets are lost:"
echo "  ADMIN_TOKEN     $admin_token"
echo "  ENCRYPTION_KEY  $encryption_key"
