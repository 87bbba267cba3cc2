import type { D1Migration } from "@cloudflare/vitest-plugin";
import type { Env as ServiceEnv } from "../src/env.ts";

declare global {
  namespace Cloudflare {
    /** What `env` of "cloudflare:workers" holds inside the tests. */
    interface Env extends ServiceEnv {
      TEST_MIGRATIONS: D1Migration[];
    }
  }
}
