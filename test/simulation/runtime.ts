import { readFileSync } from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";

/*
 * Loads the unchanged source as workerd would: with `cloudflare:` modules, which Node has not, and anew for each isolate,
 * since modules keep things in memory. A planted bug (see mutants/) is a change of the text on its way in.
 */

/** All that the project takes of them: a base class, `waitUntil`, and sockets, which the simulated network has not. */
const MODULES: Record<string, string> = {
  "cloudflare:workers":
    "export class DurableObject { constructor(ctx, env) { this.ctx = ctx; this.env = env; } }; export const env = {}; export function waitUntil(work) { work.catch(() => {}); }",
  "cloudflare:sockets": "export function connect() { throw new Error('Network connection lost.'); }",
};

const SRC = new URL("../../src/", import.meta.url).href;
const ISOLATE = /\?isolate=\d+$/;

/** What hands a type or a value on and keeps nothing: one copy serves all isolates. */
const SHARED = /\/src\/(?:contract|catalog)\//;

/** A change of one place in the source. */
export interface Planted {
  find: string;
  replace: string;
}

let planted: Planted | null = null;
let timesPlanted = 0;
const sources = new Map<string, string>();

/** From now on the source is loaded with this bug. */
export function plant(bug: Planted): void {
  planted = bug;
}

/** Throws if the bug does not stand in exactly one file: the source has changed since it was written down. */
export function checkPlanted(): void {
  if (planted && timesPlanted !== 1) throw new Error(`planted in ${timesPlanted} files: ${planted.find}`);
}

function sourceOf(path: string): string {
  let source = sources.get(path);
  if (source === undefined) {
    source = readFileSync(path, "utf8");
    if (planted && source.includes(planted.find)) {
      timesPlanted++;
      source = source.replace(planted.find, () => planted?.replace ?? "");
    }
    source = stripTypeScriptTypes(source);
    sources.set(path, source);
  }
  return source;
}

registerHooks({
  resolve(specifier, context, next) {
    const source = MODULES[specifier];
    if (source !== undefined)
      return { url: `data:text/javascript,${encodeURIComponent(source)}`, shortCircuit: true };
    const parent = context.parentURL ?? "";
    if (!specifier.startsWith(".") || !parent.startsWith(SRC)) return next(specifier, context);
    const url = new URL(specifier, parent);
    const isolate = SHARED.test(url.pathname) ? "" : (ISOLATE.exec(parent)?.[0] ?? "");
    return {
      url: `${url.origin === "null" ? "file://" : url.origin}${url.pathname}${isolate}`,
      format: "module",
      shortCircuit: true,
    };
  },
  load(url, context, next) {
    if (!url.startsWith(SRC) || !/\.ts(?:\?|$)/.test(url)) return next(url, context);
    return {
      format: "module",
      source: sourceOf(fileURLToPath(url.split("?")[0] as string)),
      shortCircuit: true,
    };
  },
});
