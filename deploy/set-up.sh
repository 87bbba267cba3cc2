#!/usr/bin/env bash
# `npm run deploy:setup`: makes once, in the Cloudflare account that wrangler is logged in to, what the Worker needs
# (D1 with its tables, R2 with its lifecycle rule, secrets), and deploys it for the first time. It leaves alone what is
# there already, so that it may be run again after it failed half-way: above all an ENCRYPTION_KEY, without which the
# endpoints' secrets are lost. Whether a thing is there, only a clear answer says: at any other it stops.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/node_modules/.bin:$PATH"

worker=atlas-webhooks
database=atlas-webhooks
bucket=atlas-webhooks-archive
# Secrets that were made here, until the Worker has them and they were shown: a run that is cut off in between must
# not leave a Worker with secrets that nobody knows. Not part of the repository.
made=.deploy-secrets.json

answer=
# Whether a thing is there, by the command that asks for it; its output is in `answer`. Only an error with these words
# means that it is not. All others (no network, no permission, a service that is down) end the run.
is_there() {
  local words_if_missing=$1
  shift
  if answer=$("$@" 2>&1); then return 0; fi
  if grep -qF -- "$words_if_missing" <<< "$answer"; then return 1; fi
  printf '%s\n\nStopped: "%s" gave no clear answer, so nothing is made. Run this again.\n' "$answer" "$*" >&2
  exit 1
}

show_secrets() {
  echo
  echo "Keep these; Cloudflare does not show them again, and without the key the endpoints' secrets are lost:"
  node -e 'for (const [name, value] of Object.entries(JSON.parse(fs.readFileSync(process.argv[1])))) console.log(`  ${name.padEnd(16)}${value}`)' "$made"
  rm "$made"
}

# Writes the secrets that the Worker lacks: those of the environment, else those of a run that was cut off, else new ones.
make_secrets() {
  node -e '
    const [file, ...names] = process.argv.slice(1);
    const kept = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file)) : {};
    const given = ({ ENCRYPTION_KEY, ...others }) => ({ ...others, ENCRYPTION_KEY: ENCRYPTION_KEY === "new" ? "" : ENCRYPTION_KEY });
    const make = { ADMIN_TOKEN: () => crypto.randomBytes(32).toString("base64url"), ENCRYPTION_KEY: () => crypto.randomBytes(32).toString("base64") };
    const secrets = Object.fromEntries(names.map((name) => [name, given(process.env)[name] || kept[name] || make[name]()]));
    const isKey = (text) => Buffer.from(text.trim(), "base64").length === 32;
    if (secrets.ENCRYPTION_KEY && !secrets.ENCRYPTION_KEY.split(",").every(isKey)) {
      console.error("ENCRYPTION_KEY must be 32 bytes in base64 (or a comma list of such keys, newest first).");
      process.exit(1);
    }
    fs.writeFileSync(`${file}.new`, JSON.stringify(secrets), { mode: 0o600 });
    fs.renameSync(`${file}.new`, file);
  ' "$made" "$@"
}

# `whoami` alone ends well without a login, too.
if ! wrangler whoami --json > /dev/null 2>&1; then
  wrangler whoami || true
  echo "Stopped: wrangler is not logged in, or Cloudflare does not answer. Log in with: npx wrangler login" >&2
  exit 1
fi

# Before anything is made: the files that are uploaded with the Worker, and which secrets it lacks.
node src/local/build-public.ts
missing=()
if is_there "Worker \"$worker\" not found" wrangler secret list --format json; then
  for name in ADMIN_TOKEN ENCRYPTION_KEY; do
    grep -Eq "\"name\": *\"$name\"" <<< "$answer" || missing+=("$name")
  done
  if [[ " ${missing[*]-} " == *" ENCRYPTION_KEY "* && -z ${ENCRYPTION_KEY:-} && ! -e $made ]]; then
    echo "Stopped: the Worker $worker is there, but has no ENCRYPTION_KEY. If it had one, endpoints' secrets lie under it:" >&2
    echo "  ENCRYPTION_KEY=<that key> npm run deploy:setup" >&2
    echo "If it never had one: ENCRYPTION_KEY=new npm run deploy:setup" >&2
    exit 1
  fi
else
  missing=(ADMIN_TOKEN ENCRYPTION_KEY)
fi

# D1 and R2 know fewer places than objects do; where they do not know it, they are near this machine.
location=$(sed -nE 's/^LOCATION = "(weur|eeur|apac|wnam|enam|oc)"$/\1/p' wrangler.toml)
# Bash before 4.4 (that of macOS) takes an empty array for an unset one: hence `${near[@]+…}`.
near=(${location:+--location "$location"})
is_there "Couldn't find a D1 DB named" wrangler d1 info "$database" --json ||
  wrangler d1 create "$database" --update-config=false ${near[@]+"${near[@]}"}
# A bucket of a jurisdiction is another one than that of the same name without; it is there and nowhere near.
jurisdiction=$(sed -nE 's/^[[:space:]]*jurisdiction[[:space:]]*=[[:space:]]*"([^"]+)".*/\1/p' wrangler.toml)
within=(${jurisdiction:+--jurisdiction "$jurisdiction"})
if [ -n "$jurisdiction" ]; then near=("${within[@]}"); fi
# 10006: the bucket does not exist.
is_there "[code: 10006]" wrangler r2 bucket info "$bucket" ${within[@]+"${within[@]}"} ||
  wrangler r2 bucket create "$bucket" --update-config=false ${near[@]+"${near[@]}"}
# Replay reaches back 30 days. The service does not depend on this rule; it keeps the bill small.
rules=$(wrangler r2 bucket lifecycle list "$bucket" ${within[@]+"${within[@]}"})
grep -q expire-30d <<< "$rules" ||
  wrangler r2 bucket lifecycle add "$bucket" expire-30d --expire-days 30 -y ${within[@]+"${within[@]}"}
wrangler d1 migrations apply DB --remote

if [ ${#missing[@]} -eq 0 ]; then
  wrangler deploy
  if [ -e "$made" ]; then
    show_secrets
  else
    echo
    echo "The Worker has its secrets already; they stay as they are."
  fi
  exit
fi

make_secrets "${missing[@]}"
if ! wrangler deploy --secrets-file "$made"; then
  echo "Stopped: the deploy failed. Run this again: it goes on with the same secrets, kept in $made until then." >&2
  exit 1
fi
show_secrets
