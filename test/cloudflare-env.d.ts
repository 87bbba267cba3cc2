import type { D1Migration } from "@cloudflare/vitest-plugin";
import type { Endpoint } from "../src/delivery/endpoint.ts";
import type { Env as ServiceEnv } from "../src/env.ts";
import type { Inbox } from "../src/inbox/inbox.ts";
import type { EventLog } from "../src/log/event-log.ts";

declare global {
  namespace Cloudflare {
    /** What `env` of "cloudflare:workers" holds inside the tests. */
    interface Env extends ServiceEnv {
      // Tests look into the objects.
      ENDPOINT: DurableObjectNamespace<Endpoint>;
      EVENT_LOG: DurableObjectNamespace<EventLog>;
      INBOX: DurableObjectNamespace<Inbox>;
      TEST_MIGRATIONS: D1Migration[];
    }
  }
}
