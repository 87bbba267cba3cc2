// Reads event types, applications and endpoints of Svix, and writes them as a file for `atlas apply`:
//   SVIX_TOKEN=… node docs/migrate-from-svix.mjs svix.env > workspace.json
// Secrets and header values go into svix.env, for its owner alone; the file refers to them.
import { writeFileSync } from "node:fs";

const token = process.env.SVIX_TOKEN;
const secretsFile = process.argv[2];
if (!token || !secretsFile) {
  console.error(
    "Usage: SVIX_TOKEN=… [SVIX_URL=https://api.eu.svix.com] node migrate-from-svix.mjs SECRETS_FILE > workspace.json",
  );
  process.exit(2);
}
const base = (process.env.SVIX_URL ?? "https://api.us.svix.com").replace(/\/+$/, "");

async function get(path, query = {}) {
  const response = await fetch(`${base}/api/v1${path}?${new URLSearchParams(query)}`, {
    headers: { Authorization: `Bearer ${token}`, Accept: "application/json" },
    signal: AbortSignal.timeout(30_000),
  });
  if (response.status === 429) {
    await new Promise((resolve) =>
      setTimeout(resolve, 1000 * Number(response.headers.get("Retry-After") ?? 1)),
    );
    return get(path, query);
  }
  if (!response.ok)
    throw new Error(
      `Svix answered ${response.status} to GET ${path}: ${(await response.text()).slice(0, 200)}`,
    );
  return response.json();
}

async function* all(path, query = {}) {
  let iterator;
  for (let done = false; !done; ) {
    const page = await get(path, { limit: "100", ...query, ...(iterator ? { iterator } : {}) });
    yield* page.data;
    ({ iterator } = page);
    done = page.done || !iterator;
  }
}

/** Atlas takes no schema whose check could take unbounded time. */
function schemaOf({ name, schemas }) {
  const versions = Object.keys(schemas ?? {}).sort((one, other) => Number(one) - Number(other));
  const schema = schemas?.[versions.at(-1)] ?? null;
  if (!/"(pattern|patternProperties|uniqueItems|\$ref)":/.test(JSON.stringify(schema))) return schema;
  console.error(`${name}: its schema is left out, because it uses pattern, uniqueItems or $ref.`);
  return null;
}

const variables = [];
function reference(name, value) {
  const variable = `SVIX_${name}`.toUpperCase().replace(/[^A-Z0-9]+/g, "_");
  variables.push(`${variable}='${value.replaceAll("'", "'\\''")}'`);
  return `\${env:${variable}}`;
}

const event_types = [];
for await (const type of all("/event-type", { with_content: "true", include_archived: "true" })) {
  event_types.push({
    type: type.name,
    ...(type.groupName ? { category: type.groupName } : {}),
    description: type.description,
    schema: schemaOf(type),
    deprecated: Boolean(type.deprecated || type.archived),
  });
}

const endpoints = [];
for await (const app of all("/app")) {
  for await (const endpoint of all(`/app/${app.id}/endpoint`)) {
    const path = `/app/${app.id}/endpoint/${endpoint.id}`;
    const [{ key: secret }, { headers, sensitive }] = [
      await get(`${path}/secret`),
      await get(`${path}/headers`),
    ];
    for (const name of sensitive ?? []) {
      if (!(name in headers))
        console.error(`${endpoint.id}: Svix does not show the header ${name}: add it by hand.`);
    }
    const rate = endpoint.throttleRate ?? endpoint.rateLimit;
    endpoints.push({
      key: endpoint.id,
      url: endpoint.url,
      description: endpoint.description ?? "",
      // Publish with `context: {app: …}` where Svix had the application in the path.
      context: { app: app.uid ?? app.id },
      types: (endpoint.eventTypes ?? endpoint.filterTypes) || ["*"],
      tags: endpoint.channels ?? [],
      metadata: { ...endpoint.metadata, svix_app: app.id },
      status: endpoint.disabled ? "disabled" : "enabled",
      rate_limit: rate ? { per_second: rate } : null,
      dialect: "standard",
      secret: reference(`${endpoint.id}_secret`, secret),
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name, reference(`${endpoint.id}_${name}`, value)]),
      ),
    });
  }
}

writeFileSync(secretsFile, `${variables.join("\n")}\n`, { mode: 0o600, flag: "wx" });
console.log(JSON.stringify({ version: 1, event_types, endpoints }, null, 2));
console.error(`${event_types.length} event types, ${endpoints.length} endpoints.`);
