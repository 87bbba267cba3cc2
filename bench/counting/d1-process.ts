import { Miniflare } from "miniflare";
import { migrate } from "../../src/local/migrate.ts";
import { miniflareBasics } from "../../src/local/runtime.ts";
import type { WranglerConfig } from "../../src/local/wrangler-config.ts";

/** Answers `{statements: [{query, values}], way}` as `d1-client.ts` asks, with D1's own answers. */
const SCRIPT = `
const READS = /^\\s*select\\b/i;
export default {
  async fetch(request, env) {
    const { statements, way } = await request.json();
    const made = statements.map(({ query, values }) => env.DB.prepare(query).bind(...values));
    try {
      if (way === "batch") return Response.json(await env.DB.batch(made));
      if (way === "all") return Response.json(await made[0].all());
      const rows = await made[0].raw();
      // Lists come without what they cost: a read is made once more to know it.
      const meta = READS.test(statements[0].query) ? (await made[0].all()).meta : { rows_read: 0 };
      return Response.json({ rows, meta });
    } catch (error) {
      return new Response(String(error.message), { status: 500 });
    }
  },
};
`;

/**
 * D1 in a workerd of its own, its tables made: what it uses of the CPU is not the service's, and Cloudflare does not
 * bill it.
 */
export async function startD1(
  root: string,
  wrangler: WranglerConfig,
  statePath: string,
): Promise<{ url: string; stop(): Promise<void> }> {
  await migrate(root, wrangler, statePath);
  const [database] = wrangler.databases;
  if (database === undefined) throw new Error("wrangler.toml names no database");
  const config = {
    name: "d1",
    compatibilityDate: wrangler.compatibilityDate,
    manifest: {
      mainModule: "d1.js",
      modules: { "d1.js": { type: "esm" as const, contents: SCRIPT } },
    },
    env: { DB: { type: "d1" as const, id: database.name } },
  };
  const dev = { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] };
  const miniflare = new Miniflare({
    ...miniflareBasics(statePath),
    workers: [{ config, dev }],
  });
  const { port } = await miniflare.unsafeGetDirectURL();
  return { url: `http://127.0.0.1:${port}`, stop: () => miniflare.dispose() };
}
