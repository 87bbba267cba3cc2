import { join } from "node:path";
import { migrate } from "../../src/local/migrate.ts";
import { Runtime } from "../../src/local/runtime.ts";
import { readStorageConfig } from "../../src/local/storage-config.ts";
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
  migrate(root, wrangler, statePath);
  const builtFiles = join(root, "dist");
  const storage = readStorageConfig(builtFiles, statePath);
  const d1 = storage.services.find(({ name }) => name === `core:user:${wrangler.name}`)?.worker?.bindings;
  const binding = d1?.find(({ name }) => name === "DB");
  if (binding === undefined) throw new Error("the storage's configuration has no DB");
  const worker = {
    compatibilityDate: wrangler.compatibilityDate,
    modules: [{ name: "d1.js", esModule: SCRIPT }],
    bindings: [binding],
  };
  const runtime = await Runtime.start({
    config: {
      ...storage,
      services: [
        ...storage.services.filter(({ name }) => name !== `core:user:${wrangler.name}`),
        { name: "d1", worker },
      ],
      sockets: [{ name: "d1", address: "127.0.0.1:0", service: { name: "d1" }, http: {} }],
      structuredLogging: true,
    },
    builtFiles,
    statePath,
  });
  return { url: `http://127.0.0.1:${runtime.portOf("d1")}`, stop: () => runtime.stop() };
}
