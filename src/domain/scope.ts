import { added, always, named, record, type Stored } from "./stored.ts";

/** What a portal session is for, within its workspace. */
export interface PortalScope {
  /** The endpoints that it reaches; null = whichever have the metadata. */
  endpointIds: string[] | null;
  /** The pairs that an endpoint must have to be reached, and gets when it is made in the session; empty = any endpoint. */
  metadata: Record<string, string>;
  /** It changes nothing. */
  readOnly: boolean;
}

export const readScopeFields = record<PortalScope>({
  endpointIds: added(null),
  metadata: added({}, named(always())),
  // What a session may do is never more than what was stored says.
  readOnly: added(true),
});

/** What a portal session is for as D1 holds it; null = all of its workspace's endpoints. */
export function readScope(scope: Stored<PortalScope> | null): PortalScope | null {
  return scope === null ? null : readScopeFields(scope);
}

/** A part of a workspace's endpoints, in order. */
export interface ScopePart {
  endpointIds: string[] | null;
  metadata: [key: string, value: string][];
}

/** The endpoints that a caller reaches: those of its workspace, or the part of them that its session is for. */
export interface Reach {
  workspaceId: string;
  /** Null = all of the workspace's. */
  scope: PortalScope | null;
}

/** All endpoints of a workspace. */
export function wholeWorkspace(workspaceId: string): Reach {
  return { workspaceId, scope: null };
}

/** Whether it reaches only a part of the workspace's endpoints. */
export function isPart({ scope }: Reach): boolean {
  return scope !== null && (scope.endpointIds !== null || Object.keys(scope.metadata).length > 0);
}

/**
 * The part of the endpoints that is reached, written the same by whatever session it is for; null = the whole workspace. What
 * sessions have a limit of, those for the same part share.
 */
export function partOf(reach: Reach): ScopePart | null {
  const { scope } = reach;
  if (scope === null || !isPart(reach)) return null;
  return {
    endpointIds: scope.endpointIds?.toSorted() ?? null,
    metadata: Object.entries(scope.metadata).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  };
}

/** Whether an endpoint of the workspace is within a scope. */
export function isWithin(
  scope: PortalScope | null,
  { id, metadata }: { id: string; metadata: Readonly<Record<string, string>> },
): boolean {
  if (scope === null) return true;
  if (scope.endpointIds !== null && !scope.endpointIds.includes(id)) return false;
  return hasPairs(metadata, scope.metadata);
}

/** Whether metadata has each of some pairs. */
export function hasPairs(
  metadata: Readonly<Record<string, string>>,
  pairs: Readonly<Record<string, string>>,
): boolean {
  return Object.entries(pairs).every(
    ([key, value]) => Object.hasOwn(metadata, key) && metadata[key] === value,
  );
}
