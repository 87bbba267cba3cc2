import { isKeyList } from "../domain/key-list.ts";
import { LOCATIONS } from "../domain/location.ts";
import type { Env } from "../env.ts";
import { ApiError } from "../errors.ts";
import { isLocation } from "../objects/objects.ts";

/** Checked once per isolate and text: every request asks. */
let checked: { text: string; isUsable: boolean } | null = null;

/**
 * Why the Worker as it was deployed cannot work: a secret is missing or unusable. Null = it can. Without this it would
 * answer 500 somewhere deep within, or take endpoints whose secrets it cannot keep.
 */
export function setUpError({
  ADMIN_TOKEN,
  ENCRYPTION_KEY,
  LOCATION,
}: Pick<Env, "ADMIN_TOKEN" | "ENCRYPTION_KEY" | "LOCATION">): ApiError | null {
  const missing = Object.entries({ ADMIN_TOKEN, ENCRYPTION_KEY }).flatMap(([name, value]) =>
    value ? [] : [name],
  );
  if (missing.length > 0) return notSetUp(`The Worker has no ${missing.join(" and no ")}.`);
  if (!isKeyRing(ENCRYPTION_KEY)) {
    return notSetUp("ENCRYPTION_KEY is not 32 bytes in base64, or a comma list of such keys.");
  }
  // An object lies for ever where its first call put it: better none than one at a place that nobody meant.
  if (LOCATION && !isLocation(LOCATION))
    return notSetUp(`LOCATION must be one of ${LOCATIONS.join(", ")}, or empty.`);
  return null;
}

/** 503 for what only the operator can mend. */
export function notSetUp(reason: string): ApiError {
  return new ApiError(
    "not_set_up",
    `${reason} The operator sets the service up with \`npm run deploy:setup\`.`,
    {
      retryAfterSeconds: 60,
    },
  );
}

function isKeyRing(text: string): boolean {
  if (checked?.text !== text) {
    checked = { text, isUsable: isKeyList(text) };
  }
  return checked.isUsable;
}
