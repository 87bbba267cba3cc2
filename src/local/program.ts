import { buildPublic } from "./build-public.ts";
import { buildStorage } from "./build-storage.ts";
import { buildWorker } from "./build-worker.ts";
import { serve } from "./serve.ts";
import { welcome } from "./welcome.ts";

/** `npm start` in a checkout: builds what has changed, and serves it. */
export function run(root: string): void {
  serve(() => Promise.all([buildWorker(root), buildStorage(root), buildPublic(root)]), welcome);
}
