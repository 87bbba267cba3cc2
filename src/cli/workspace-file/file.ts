import { LineCounter, parseDocument, stringify } from "yaml";
import type { Environment } from "../shell/configuration.ts";
import { UsageError } from "../shell/failure.ts";
import { NULLABLE_FIELDS } from "./nullable-fields.ts";
import { referencesIn, resolved } from "./references.ts";

type Fields = Record<string, unknown>;

/** An endpoint of the file: its `key` tells it from others, on every service. */
export interface FileEndpoint extends Fields {
  key: string;
  /** Absent where nothing is called. */
  url?: string;
}

export interface FileEventType extends Fields {
  type: string;
}

/** What a workspace is configured to: what `atlas export` writes and `atlas apply` reads. */
export interface WorkspaceFile {
  version: 1;
  workspace?: Fields;
  event_types?: FileEventType[];
  endpoints?: FileEndpoint[];
}

const HEAD = `# Written by \`atlas export\`. \`atlas apply\` configures a workspace so; secrets are read from the environment.
`;

/** The file's text, which is the same for the same configuration. */
export function writeFile(file: WorkspaceFile): string {
  return HEAD + stringify(file, { lineWidth: 0, aliasDuplicateObjects: false });
}

/** Elsewhere null would put back a default. The secret is no field that is shown. */
const mayBeNull = (name: string) => name === "secret" || Object.hasOwn(NULLABLE_FIELDS, name);

/**
 * Reads a file, with what the environment has for its references. Throws a UsageError that names everything that is
 * wrong with it, before anything was changed.
 */
export function readFile(text: string, environment: Environment): WorkspaceFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: true });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new UsageError(
      `The file is no YAML: line ${line}, column ${col}: ${error.message.split("\n")[0]}.`,
    );
  }
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  const problems = problemsOf(value);
  const missing = new Set(referencesIn(value).filter((name) => environment[name] === undefined));
  for (const name of missing) problems.push(`\${env:${name}} is not set in the environment`);
  if (problems.length > 0) throw new UsageError(`The file cannot be applied: ${problems.join("; ")}.`);
  return resolved(value as WorkspaceFile, environment);
}

function problemsOf(file: unknown): string[] {
  if (!isFields(file)) return ["it must be a mapping with version, workspace, event_types, endpoints"];
  const problems: string[] = [];
  const known = ["version", "workspace", "event_types", "endpoints"];
  for (const name of Object.keys(file)) if (!known.includes(name)) problems.push(`${name}: is not known`);
  if (file.version !== 1) problems.push("version: must be 1");
  if (file.workspace !== undefined && !isFields(file.workspace))
    problems.push("workspace: must be a mapping");
  problems.push(...listProblems(file.event_types, "event_types", "type"));
  problems.push(...listProblems(file.endpoints, "endpoints", "key"));
  if (!Array.isArray(file.endpoints)) return problems;
  for (const [at, endpoint] of file.endpoints.entries()) {
    if (!isFields(endpoint)) continue;
    const isCalled = endpoint.transport === undefined || endpoint.transport === "http";
    if (typeof endpoint.url !== "string" && (isCalled || endpoint.url !== undefined))
      problems.push(`endpoints[${at}].url: must be a URL`);
    for (const [name, value] of Object.entries(endpoint)) {
      if (value === null && !mayBeNull(name))
        problems.push(`endpoints[${at}].${name}: must not be null: leave it out`);
    }
  }
  return problems;
}

/** A list whose items have a name of their own each. */
function listProblems(list: unknown, path: string, name: string): string[] {
  if (list === undefined) return [];
  if (!Array.isArray(list)) return [`${path}: must be a list`];
  const seen = new Set<unknown>();
  return list.flatMap((item: unknown, at) => {
    if (!isFields(item)) return [`${path}[${at}]: must be a mapping`];
    const own = item[name];
    if (typeof own !== "string" || own === "") return [`${path}[${at}].${name}: must be a text`];
    if (seen.has(own)) return [`${path}[${at}].${name}: ${own} is there twice`];
    seen.add(own);
    return [];
  });
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
