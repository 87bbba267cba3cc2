import { join } from "node:path";
import { buildPublic } from "../../src/local/build-public.ts";
import { buildStorage } from "../../src/local/build-storage.ts";
import { buildWorker } from "../../src/local/build-worker.ts";

const ROOT = join(import.meta.dirname, "../..");

/** Builds before the e2e tests what `npm start` builds, the way it does. */
export default async function build(): Promise<void> {
  await Promise.all([buildWorker(ROOT), buildStorage(ROOT), buildPublic(ROOT)]);
}
