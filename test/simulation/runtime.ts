import { readFileSync } from "node:fs";
import { registerHooks, stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

/*
 * Loads the unchanged source as workerd would: with `cloudflare:` modules, which Node has not, and once for each isolate,
 * since modules keep things in memory. A planted bug (see mutants/) is a change of the text on its way in. An isolate
 * can be made as new: each module gets a few lines at its end that put what it keeps back to what it was at first.
 */

/** All that the project takes of them: base classes, `waitUntil`, and sockets, which the simulated network has not. */
const MODULES: Record<string, string> = {
  "cloudflare:workers":
    "export class DurableObject { constructor(ctx, env) { this.ctx = ctx; this.env = env; } }; export class RpcTarget { isRpcTarget = true; }; export const env = {}; export function waitUntil(work) { work.catch(() => {}); }",
  "cloudflare:sockets": "export function connect() { throw new Error('Network connection lost.'); }",
};

const SRC = new URL("../../src/", import.meta.url).href;
const ISOLATE = /\?isolate=\d+$/;

/** What hands a type or a value on and keeps nothing: one copy serves all isolates. */
const SHARED = /\/src\/(?:contract|catalog)\//;

/** A change of one place in the source. */
export interface Replacement {
  /** In this file, as `delivery/drain/gate.ts`. */
  file: string;
  find: string;
  replace: string;
}

/** The Worker as a version was released, by its name; what follows it tells one copy from another. */
const RELEASED = /^released:([\d.]+)\?/;

let planted: readonly Replacement[] = [];
const sources = new Map<string, string>();

/** From now on the source is loaded with this bug. Throws where a place is not exactly there: the source has changed. */
export function plant(bug: readonly Replacement[]): void {
  for (const { file, find } of bug) {
    const times = readFileSync(pathOf(file), "utf8").split(find).length - 1;
    if (times !== 1)
      throw new Error(`stands ${times} times in src/${file}, where a mutant changes it: ${find}`);
  }
  planted = bug;
}

/** What a module keeps in memory: a variable, or a container that is empty at first. */
const KEPT =
  /^(export )?(?:let (\w+)(?: += (.+))?|const (\w+) += (new (?:Map|Set|WeakMap) *\(\)|new (?:MemoryBudget|AnsweredOrigins)\(.*\)|\[[a-z]\w*(?:, \w+)*\])) *;$/gm;

type Renewal = { isolate: string; renew: () => void };
const renewals: Renewal[] = [];
Object.assign(globalThis, {
  whatToRenew: (url: string, renew: () => void) => {
    renewals.push({ isolate: ISOLATE.exec(url)?.[0] ?? "", renew });
  },
});

/** Makes an isolate's modules as they were when they had just been loaded, in the order in which they were. */
export function renew(isolate: string): void {
  for (const renewal of renewals) if (renewal.isolate === isolate) renewal.renew();
}

function renewable(source: string): string {
  const renewing: string[] = [];
  const changed = source.replace(KEPT, (_, exported = "", variable, value, constant, container) => {
    renewing.push(`${variable ?? constant} = ${value ?? container ?? "undefined"};`);
    return `${exported}let ${variable ?? constant} = ${value ?? container ?? "undefined"};`;
  });
  if (renewing.length === 0) return source;
  return `${changed}\nwhatToRenew(import.meta.url, () => { ${renewing.join(" ")} });`;
}

const pathOf = (file: string) => fileURLToPath(SRC + file);

function sourceOf(path: string): string {
  let source = sources.get(path);
  if (source === undefined) {
    source = readFileSync(path, "utf8");
    for (const { file, find, replace } of planted)
      if (path === pathOf(file)) source = source.replace(find, () => replace);
    source = renewable(stripTypeScriptTypes(source));
    sources.set(path, source);
  }
  return source;
}

registerHooks({
  resolve(specifier, context, next) {
    const source = MODULES[specifier];
    if (source !== undefined)
      return { url: `data:text/javascript,${encodeURIComponent(source)}`, shortCircuit: true };
    if (RELEASED.test(specifier)) return { url: specifier, format: "module", shortCircuit: true };
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
    const version = RELEASED.exec(url)?.[1];
    if (version !== undefined) {
      const bundle = readFileSync(join(import.meta.dirname, `../released/${version}.js.gz`));
      return { format: "module", source: gunzipSync(bundle).toString(), shortCircuit: true };
    }
    if (!url.startsWith(SRC) || !/\.ts(?:\?|$)/.test(url)) return next(url, context);
    return {
      format: "module",
      source: sourceOf(fileURLToPath(url.split("?")[0] as string)),
      shortCircuit: true,
    };
  },
});
