import { isDeepStrictEqual } from "node:util";
import { shownOf } from "../field-changes.ts";
import type { PlayedEndpoint } from "../model.ts";
import type { Play } from "../play.ts";
import { livingEndpoints } from "./read-back.ts";
import type { Violation } from "./violation.ts";

/** What no endpoint holds. */
const NOT_HELD = ["warnings"];

/** Each field of each endpoint is what was last asked for, whatever was lost and repeated on the way. */
export async function configurationViolations(play: Play): Promise<Violation[]> {
  const found: string[] = [];
  for (const [endpoint, { key }] of livingEndpoints(play)) {
    const path = `/v1/endpoints/${endpoint.id}`;
    const { body } = await play.client.insist({ method: "GET", path, key, until: [200] });
    for (const field of endpoint.givenFields) {
      if (NOT_HELD.includes(field) || mayDiffer(endpoint, field)) continue;
      const wanted = endpoint.now(field, play.service.world.elapsedMs).map((given) => shownOf(field, given));
      if (!wanted.some((one) => isDeepStrictEqual(one, body[field])))
        found.push(
          `endpoint ${endpoint.number}: ${field} is ${JSON.stringify(body[field])}, asked for was ${JSON.stringify(wanted)}`,
        );
    }
  }
  return found.map((text) => ({ kind: "configuration", text }));
}

/** What the endpoint itself, or the contract whose API made it, may have chosen. */
function mayDiffer({ isByCompat, mayChangeItselfFrom }: PlayedEndpoint, field: string): boolean {
  return field === "status" ? mayChangeItselfFrom < Number.POSITIVE_INFINITY : isByCompat;
}
