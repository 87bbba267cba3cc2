import type { Atlas, Endpoint } from "../../sdk/client/index.ts";
import { keyOf, ownMetadata, readCurrent } from "./current.ts";
import type { FileEndpoint, WorkspaceFile } from "./file.ts";
import { escaped, MASK, VariableNames } from "./references.ts";

/** A variable that the file refers to, with its value where the service shows it. */
export interface Variable {
  name: string;
  /** Null = the service does not show it. */
  value: string | null;
}

/** What a workspace is configured to, with its secrets as references; the same for the same configuration. */
export async function exportWorkspace(atlas: Atlas): Promise<{ file: WorkspaceFile; variables: Variable[] }> {
  const { workspace, eventTypes, endpoints } = await readCurrent(atlas);
  const { id: _id, jurisdiction: _where, catalog: _catalog, created_at: _made, ...settings } = workspace;
  const names = new VariableNames();
  const variables: Variable[] = [];
  const sorted = endpoints.toSorted((one, other) => compare(keyOf(one), keyOf(other)));
  const written: FileEndpoint[] = [];
  for (const endpoint of sorted) {
    const { secret } = await atlas.endpoints.secret(endpoint.id);
    written.push(
      endpointOf(endpoint, secret, (path, value) => {
        const name = names.nameFor(keyOf(endpoint), ...path);
        variables.push({ name, value });
        return `\${env:${name}}`;
      }),
    );
  }
  return {
    variables,
    file: {
      version: 1,
      workspace: escaped(settings),
      event_types: eventTypes
        .toSorted((one, other) => compare(one.type, other.type))
        .map((one) => escaped({ ...one })),
      endpoints: written,
    },
  };
}

function endpointOf(
  endpoint: Endpoint,
  secret: string | null,
  refer: (path: string[], value: string | null) => string,
): FileEndpoint {
  const {
    id: _id,
    status_reason: _why,
    health: _health,
    created_at: _made,
    updated_at: _changed,
    // Another name for `order`.
    serialize: _serialize,
    ...fields
  } = endpoint;
  const { url, headers, auth, ...rest } = fields;
  return {
    key: escaped(keyOf(endpoint)),
    url: escaped(url),
    ...escaped({ ...rest, metadata: ownMetadata(endpoint) }),
    headers: referred(headers, ["headers"], refer) as Endpoint["headers"],
    auth: referred(auth, ["auth"], refer) as Endpoint["auth"],
    secret: secret === null ? null : refer(["secret"], secret),
  };
}

/** A value in which what the service does not show is a reference. */
function referred(
  value: unknown,
  path: string[],
  refer: (path: string[], value: string | null) => string,
): unknown {
  if (value === MASK) return refer(path, null);
  if (typeof value !== "object" || value === null) return escaped(value);
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, referred(item, [...path, name], refer)]),
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
