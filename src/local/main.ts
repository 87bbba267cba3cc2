import { join } from "node:path";
import { buildPublic } from "./build-public.ts";
import { buildStorage } from "./build-storage.ts";
import { buildWorker } from "./build-worker.ts";
import { serve } from "./serve.ts";
import { welcome } from "./welcome.ts";

// The command line of the local server, started by `start.sh`.
const root = join(import.meta.dirname, "../..");
serve(() => Promise.all([buildWorker(root), buildStorage(root), buildPublic(root)]), welcome);
