import { isDeepStrictEqual } from "node:util";
import type { Client } from "../e2e/client.ts";
import { contextOf, type Publication } from "./publications.ts";

const AT_ONCE = 8;

/** Reads every acknowledged event by its id; returns what differs from what was published. */
export async function readBack(client: Client, publications: readonly Publication[]): Promise<string[]> {
  const violations: string[] = [];
  const left = publications.filter(({ acceptedId }) => acceptedId !== null).values();
  const read = async (): Promise<void> => {
    for (const publication of left) {
      const { acceptedId, data, type } = publication;
      const { status, text, body } = await client.request("GET", `/v1/events/${acceptedId}`);
      const isSame =
        status === 200 &&
        text.endsWith(`,"data":${data}}`) &&
        body.type === type &&
        isDeepStrictEqual(body.context, contextOf(publication));
      if (!isSame) violations.push(`event ${acceptedId} reads back as ${status} ${text.slice(0, 300)}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, read));
  return violations;
}
