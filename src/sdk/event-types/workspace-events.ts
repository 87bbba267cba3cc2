import { type DescribedType, dataInterface } from "./declarations.ts";

/** What an event is called in each dialect whose event names its type in `type`. */
const EVENTS: Readonly<Record<string, string>> = { atlas: "AtlasEvent", standard: "StandardEvent" };

const PACKAGE = "atlas-webhooks";

/** The dialects that declarations can be made for. */
export const DECLARED_DIALECTS: readonly string[] = Object.keys(EVENTS);

/**
 * The TypeScript of a workspace's own events: `WorkspaceEvent`, told apart by its `type`, for
 * `atlas.webhooks.verify<WorkspaceEvent>(…)`. Throws a RangeError for a dialect whose events are not told apart so.
 */
export function eventDeclarations(types: readonly DescribedType[], dialect: string): string {
  const event = Object.hasOwn(EVENTS, dialect) ? EVENTS[dialect] : undefined;
  if (event === undefined)
    throw new RangeError(`The dialect must be one of: ${DECLARED_DIALECTS.join(", ")}.`);
  return `/* Written by \`atlas types\` from the workspace's event types. */
import type { ${event} } from ${JSON.stringify(PACKAGE)};

/** The \`data\` of each event type. */
${dataInterface("WorkspaceEventData", types)}
/** An event of the workspace: \`event.type === "…"\` narrows \`event.data\`. */
export type WorkspaceEvent = {
  [Type in keyof WorkspaceEventData]: ${event}<Type, WorkspaceEventData[Type]>;
}[keyof WorkspaceEventData];
`;
}
