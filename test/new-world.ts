import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";

/*
 * Before each test file of the project `workerd`, whose files share one workerd: no objects, no alarms, nothing in R2,
 * a D1 database with all tables and no rows, and the `fetch` that an earlier file may have replaced.
 */

const FETCH = Symbol.for("atlas.test.fetch");

const own = globalThis as typeof globalThis & { [FETCH]?: typeof fetch };
own[FETCH] ??= globalThis.fetch;
globalThis.fetch = own[FETCH];
await reset();
await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
