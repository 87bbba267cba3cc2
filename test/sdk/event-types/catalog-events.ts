import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { catalogTypes } from "../../../src/catalog/index.ts";
import { dataInterface } from "../../../src/sdk/event-types/declarations.ts";

export const FILE = join(import.meta.dirname, "../../../src/sdk/event-types/catalog-events.ts");

/** The types of the built-in event types, as src/sdk/event-types/catalog-events.ts has them. */
export function catalogEventsText(): string {
  const data = (name: string, contract: string) =>
    dataInterface(
      name,
      catalogTypes([contract]).filter(({ contracts }) => contracts.includes(contract)),
    );
  return `/* Written by \`npm run event-types\` from the catalog: the events of the contracts, told apart by their type. */
import type { AtlasEvent } from "../dialects/atlas.ts";
import type { BrokersEvent } from "../dialects/brokers.ts";
import type { StandardEvent } from "../dialects/standard.ts";
import type { SupportEvent } from "../dialects/support.ts";

/** The \`data\` of the native contract's event types. */
${data("AtlasEventData", "atlas")}
/** The \`data\` of the brokers contract's event types. */
${data("BrokersEventData", "brokers")}
/** The \`data\` of the support contract's topics. */
${data("SupportEventData", "support")}
/** An event of the catalog: \`event.type === "deal.created"\` narrows \`event.data\`. */
export type AtlasCatalogEvent = {
  [Type in keyof AtlasEventData]: AtlasEvent<Type, AtlasEventData[Type]>;
}[keyof AtlasEventData];

/** The same, delivered as Standard Webhooks. */
export type StandardCatalogEvent = {
  [Type in keyof AtlasEventData]: StandardEvent<Type, AtlasEventData[Type]>;
}[keyof AtlasEventData];

/** An event of the brokers contract, told apart by \`event.event\`. */
export type BrokersCatalogEvent = {
  [Type in keyof BrokersEventData]: BrokersEvent<Type, BrokersEventData[Type]>;
}[keyof BrokersEventData];

/** An event of the support contract, told apart by \`event.event\`. */
export type SupportCatalogEvent = {
  [Topic in keyof SupportEventData]: SupportEvent<Topic, SupportEventData[Topic]>;
}[keyof SupportEventData];
`;
}

// `npm run event-types`
if (import.meta.main) writeFileSync(FILE, catalogEventsText());
