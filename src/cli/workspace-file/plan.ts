import { isDeepStrictEqual } from "node:util";
import type {
  Atlas,
  Endpoint,
  EventTypeInput,
  NewEndpoint,
  WorkspaceChange,
} from "../../sdk/client/index.ts";
import { UsageError } from "../shell/failure.ts";
import { byKey, type Current, keyOf, metadataWithKey, ownMetadata } from "./current.ts";
import type { FileEndpoint, FileEventType, WorkspaceFile } from "./file.ts";
import { MASK } from "./references.ts";

/** One thing that has to change. */
export interface Step {
  action: "create" | "update" | "delete";
  kind: "workspace" | "event_type" | "endpoint";
  name: string;
  /** The fields that an update changes. */
  fields: string[];
  apply(atlas: Atlas): Promise<unknown>;
}

interface PlanOptions {
  /** Whether what the file does not name is deleted. */
  isPruning: boolean;
  /** Whether secrets that the service does not show are written even where all else is as it should be. */
  isRewriting: boolean;
  /** The secret that an endpoint signs with. */
  secretOf(endpoint: Endpoint): Promise<string | null>;
}

/** A workspace's settings that say how many logs it has, and which order they keep. */
const LOG_FIELDS = ["log_shards", "shard_by"];

/**
 * What must change so that the workspace is as the file says: types first, since others name them, and more logs last, since these
 * refuse an order that the file takes from an endpoint. Throws `UsageError` for what no workspace can do.
 */
export async function planOf(file: WorkspaceFile, current: Current, options: PlanOptions): Promise<Step[]> {
  const settings = file.workspace ?? {};
  const changed = differing(settings, current.workspace);
  refuseFixed(settings, changed, current);
  const logs = changed.filter((name) => LOG_FIELDS.includes(name));
  const others = changed.filter((name) => !logs.includes(name));
  const endpoints: Step[] = [];
  const known = byKey(current.endpoints);
  for (const wanted of file.endpoints ?? []) {
    const step = await endpointStep(wanted, known.get(wanted.key), options);
    if (step !== null) endpoints.push(step);
  }
  return [
    ...typeSteps(file.event_types ?? [], current),
    ...workspaceSteps(settings, others, current),
    ...endpoints,
    ...(options.isPruning ? pruningSteps(file, current) : []),
    ...workspaceSteps(settings, logs, current),
  ];
}

/** Throws for settings that are never taken back: the file may be older than they are. */
function refuseFixed(
  wanted: Record<string, unknown>,
  changed: readonly string[],
  { workspace: { log_shards: logs } }: Current,
): void {
  if (Number(wanted.log_shards) < logs)
    throw new UsageError(
      `workspace.log_shards: the workspace has ${logs}, and can have no fewer: leave it out of the file, or say ${logs}.`,
    );
  if (logs > 1 && changed.includes("shard_by"))
    throw new UsageError(
      "workspace.shard_by: it is fixed, since the workspace has several logs: leave it out of the file.",
    );
}

function workspaceSteps(wanted: Record<string, unknown>, fields: string[], { workspace }: Current): Step[] {
  if (fields.length === 0) return [];
  const change = Object.fromEntries(fields.map((name) => [name, wanted[name]])) as WorkspaceChange;
  return [
    {
      action: "update",
      kind: "workspace",
      name: workspace.name,
      fields,
      apply: (atlas) => atlas.workspace.update(change),
    },
  ];
}

function typeSteps(wanted: readonly FileEventType[], { eventTypes }: Current): Step[] {
  const known = new Map(eventTypes.map((one) => [one.type, one]));
  return wanted.flatMap((given): Step[] => {
    const { type, ...rest } = given;
    const apply = (atlas: Atlas) => atlas.eventTypes.put(type, rest as EventTypeInput);
    const there = known.get(type);
    if (there === undefined) return [{ action: "create", kind: "event_type", name: type, fields: [], apply }];
    // It is replaced whole: what the file leaves out ends.
    const fields = [...new Set([...Object.keys(rest), ...Object.keys(there)])].filter(
      (name) =>
        name !== "type" &&
        !isDeepStrictEqual(withoutNothing(rest[name]), withoutNothing(there[name as keyof typeof there])),
    );
    return fields.length === 0 ? [] : [{ action: "update", kind: "event_type", name: type, fields, apply }];
  });
}

/** Absent, null, empty and false are one, as the API takes them. */
function withoutNothing(value: unknown): unknown {
  const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
  return value === undefined || value === "" || value === false || isEmpty ? null : value;
}

async function endpointStep(
  { key, ...wanted }: FileEndpoint,
  there: Endpoint | undefined,
  { secretOf, isRewriting }: PlanOptions,
): Promise<Step | null> {
  if (there === undefined) {
    const body = { ...wanted, metadata: metadataWithKey(wanted.metadata, key) } as unknown as NewEndpoint;
    const apply = (atlas: Atlas) => atlas.endpoints.create(body);
    return {
      action: "create",
      kind: "endpoint",
      name: wanted.url === undefined ? key : `${key} ${wanted.url}`,
      fields: [],
      apply,
    };
  }
  const { secret, metadata, url, ...rest } = wanted;
  const fields = differing(rest, there);
  const change: Record<string, unknown> = Object.fromEntries(fields.map((name) => [name, rest[name]]));
  if (metadata !== undefined && !isDeepStrictEqual(metadata, ownMetadata(there))) {
    change.metadata = keyOf(there) === there.id ? metadata : metadataWithKey(metadata, key);
  }
  if (url !== undefined && url !== there.url && !isSameUrl(url, there.url)) change.url = url;
  if (secret !== undefined && secret !== (await secretOf(there))) change.secret = secret;
  if (isRewriting) {
    for (const name of ["headers", "auth"])
      if (hasMask(there[name as "auth"]) && rest[name] !== undefined) change[name] = rest[name];
  }
  if (Object.keys(change).length === 0) return null;
  const apply = (atlas: Atlas) => atlas.endpoints.update(there.id, change);
  return {
    action: "update",
    kind: "endpoint",
    name: `${key} ${there.url}`,
    fields: Object.keys(change),
    apply,
  };
}

function pruningSteps(file: WorkspaceFile, current: Current): Step[] {
  const keys = new Set((file.endpoints ?? []).map(({ key }) => key));
  const types = new Set((file.event_types ?? []).map(({ type }) => type));
  const endpoints =
    file.endpoints === undefined ? [] : current.endpoints.filter((one) => !keys.has(keyOf(one)));
  const eventTypes =
    file.event_types === undefined ? [] : current.eventTypes.filter(({ type }) => !types.has(type));
  return [
    ...endpoints.map(
      (one): Step => ({
        ...{ action: "delete", kind: "endpoint", name: `${keyOf(one)} ${one.url}`, fields: [] },
        apply: (atlas) => atlas.endpoints.delete(one.id),
      }),
    ),
    ...eventTypes.map(
      ({ type }): Step => ({
        ...{ action: "delete", kind: "event_type", name: type, fields: [] },
        apply: (atlas) => atlas.eventTypes.delete(type),
      }),
    ),
  ];
}

/** The fields that are given and are not so. */
function differing(wanted: Record<string, unknown>, there: object): string[] {
  return Object.keys(wanted).filter((name) => !isSo(wanted[name], there[name as keyof typeof there]));
}

/**
 * Whether a value is as the file wants it. What the service does not show counts as equal. Of `retry` and `auth` the file
 * may leave members out; of pairs it may not, so that one that is gone from the file goes.
 */
function isSo(wanted: unknown, there: unknown): boolean {
  if (there === MASK) return typeof wanted === "string";
  if (typeof wanted !== "object" || wanted === null || Array.isArray(wanted))
    return isDeepStrictEqual(wanted, there);
  if (typeof there !== "object" || there === null) return false;
  const names = Object.keys(wanted);
  const isWhole = names.length === Object.keys(there).length || "jitter" in there || "client_secret" in there;
  return (
    isWhole &&
    names.every((name) => isSo(wanted[name as keyof typeof wanted], there[name as keyof typeof there]))
  );
}

function hasMask(value: unknown): boolean {
  if (value === MASK) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(hasMask);
}

/** The service shows a URL as it is called. */
function isSameUrl(one: string, other: string): boolean {
  return URL.canParse(one) && URL.canParse(other) && new URL(one).href === new URL(other).href;
}
