import type { EndpointStatus } from "../../domain/endpoint.ts";
import { always, record, shapeOf } from "../../domain/stored.ts";

/** A change of status that an object made itself, stored until D1 has it. */
export interface StatusChange {
  /** The configuration's version on which it was decided. */
  version: number;
  status: EndpointStatus;
  reason: string | null;
}

export const statusChangeShape = shapeOf(
  record<StatusChange>({ version: always(), status: always(), reason: always() }),
);
