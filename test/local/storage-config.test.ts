import { expect, it } from "vitest";
import { storageConfig } from "../../src/local/storage-config.ts";
import type { WorkerdConfig } from "../../src/local/workerd-config.ts";

const D1 = 'import "shared"; token = await this.state.storage.getCurrentBookmark();';

/** A configuration as Miniflare writes it: our Worker, D1 for it, and much beside. */
const whole = (d1Source: string): WorkerdConfig => ({
  extensions: [
    {
      modules: [
        { name: "shared", esModule: 'import "below"' },
        { name: "below", esModule: "below" },
        { name: "unused", esModule: "unused" },
      ],
    },
  ],
  sockets: [],
  services: [
    {
      name: "ours",
      worker: {
        modules: [{ name: "stand-in.js", esModule: "stand-in" }],
        bindings: [{ name: "DB", service: { name: "d1" } }],
        globalOutbound: { name: "outbound" },
      },
    },
    { name: "outbound", worker: { modules: [{ name: "outbound.js", esModule: "outbound" }] } },
    {
      name: "d1",
      worker: {
        modules: [{ name: "database.worker.js", esModule: d1Source }],
        bindings: [{ name: "MINIFLARE_LOOPBACK", service: { name: "loopback" } }],
        durableObjectStorage: { localDisk: "d1:disk" },
      },
    },
    { name: "d1:disk", disk: { path: "/made/state/d1", writable: true } },
    { name: "loopback", external: { http: {} } },
    { name: "entry", worker: { bindings: [{ name: "OURS", service: { name: "ours" } }] } },
  ],
});

/** What is kept, and the modules that it embeds. */
function kept(d1Source = D1) {
  const texts: string[] = [];
  const config = storageConfig(whole(d1Source), "ours", "/made/state", (text) => `/${texts.push(text)}.js`);
  return { config, texts };
}

it("keeps what our Worker reaches for its storage, and nothing that calls Miniflare back", () => {
  const { config, texts } = kept();
  expect(config.services).toEqual([
    { name: "ours", worker: { bindings: [{ name: "DB", service: { name: "d1" } }] } },
    {
      name: "d1",
      worker: {
        modules: [{ name: "database.worker.js", esModule: { embed: "/1.js" } }],
        bindings: [],
        durableObjectStorage: { localDisk: "d1:disk" },
      },
    },
    { name: "d1:disk", disk: { path: "d1", writable: true } },
  ]);
  expect(config.extensions?.[0]?.modules.map(({ name }) => name)).toEqual(["shared", "below"]);
  expect(texts).toHaveLength(3);
});

it("takes out of D1 the bookmark that makes each read a write, and fails where it is not as it was", () => {
  expect(kept().texts[0]).toBe('import "shared"; token = "";');
  expect(() => kept("another way")).toThrow("takes its bookmarks in another way");
});

it("fails where the state does not lie in Miniflare's folder", () => {
  expect(() => storageConfig(whole(D1), "ours", "/elsewhere", () => "")).toThrow(
    "Miniflare keeps state outside its folder: /made/state/d1",
  );
});
