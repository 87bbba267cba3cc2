import { app } from "./api/app.ts";
import { compatApis } from "./compat/index.ts";
import { runCron } from "./config/cron.ts";
import type { Env } from "./env.ts";

export { Endpoint } from "./delivery/endpoint.ts";
export { EventLog } from "./log/event-log.ts";

for (const api of compatApis) app.route("/", api);

/** The Worker: the API, and every minute what keeps a lost alarm or a missed push from mattering. */
export default {
  fetch: app.fetch,
  scheduled: (controller, env) => runCron(env, controller.scheduledTime),
} satisfies ExportedHandler<Env>;
