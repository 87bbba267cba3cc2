import { join } from "node:path";
import { ArchiveDisk } from "./archive-disk.ts";
import type { Handler } from "./beside-worker.ts";
import { diskHandler } from "./disk.ts";
import { resolve } from "./resolver.ts";
import { StartError } from "./start-error.ts";
import { staticFiles } from "./static-files.ts";
import type { WranglerConfig } from "./wrangler-config.ts";

/** What the Worker asks of this process, by the names of its bindings. Throws a StartError. */
export function workerHandlers(
  root: string,
  { buckets }: WranglerConfig,
  statePath: string,
): Record<"DISK" | "RESOLVER" | "ASSETS", Handler> {
  // The disk under the archive: the one bucket that there is.
  const [bucket, other] = buckets;
  if (bucket === undefined || other !== undefined)
    throw new StartError("wrangler.toml must name one bucket.");
  return {
    DISK: diskHandler(statePath, new ArchiveDisk(statePath, bucket.name)),
    RESOLVER: resolve,
    ASSETS: staticFiles(join(root, "dist/public")),
  };
}
