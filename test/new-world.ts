import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";

/*
 * Before each test file of the project `workerd`, whose files share one workerd: no objects, no alarms, nothing in R2,
 * a D1 database with all tables and no rows, and the `fetch` that an earlier file may have replaced.
 */

const FETCH = Symbol.for("atlas.test.fetch");

/** How long `vi.waitFor` may wait: it ends what hangs. Its own second is soon over on a busy machine. */
const ENDS_AFTER_MS = 60_000;

const own = globalThis as typeof globalThis & { [FETCH]?: typeof fetch };
if (own[FETCH] === undefined) {
  own[FETCH] = globalThis.fetch;
  const { waitFor } = vi;
  vi.waitFor = (act, options) => waitFor(act, options ?? { timeout: ENDS_AFTER_MS });
}
globalThis.fetch = own[FETCH];
await reset();
await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
