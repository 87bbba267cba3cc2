import { registerHooks } from "node:module";

/*
 * Before anything of `src` is imported: Node has no `cloudflare:` modules. All that the project takes from them is a
 * base class and a way to open a socket, which the simulated network does not have.
 */

const MODULES: Record<string, string> = {
  "cloudflare:workers":
    "export class DurableObject { constructor(ctx, env) { this.ctx = ctx; this.env = env; } }; export const env = {}; export function waitUntil(work) { work.catch(() => {}); }",
  "cloudflare:sockets": "export function connect() { throw new Error('Network connection lost.'); }",
};

registerHooks({
  resolve(specifier, context, next) {
    const source = MODULES[specifier];
    if (source === undefined) return next(specifier, context);
    return { url: `data:text/javascript,${encodeURIComponent(source)}`, shortCircuit: true };
  },
});
