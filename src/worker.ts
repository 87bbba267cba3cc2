import { app } from "./api/app.ts";
import { compatApis } from "./compat/index.ts";
import { patientEnv } from "./d1/patient-database.ts";
import { newId } from "./domain/ids.ts";
import type { Env } from "./env.ts";
import { problemResponse } from "./errors.ts";
import { setUpError } from "./http/set-up.ts";
import { preflightAnswer, withStandingHeaders } from "./http/standing-headers.ts";
import { platform } from "./platform.ts";
import { runCron } from "./reconcile/cron.ts";

export { Endpoint } from "./delivery/endpoint.ts";
export { Inbox } from "./inbox/inbox.ts";
export { EventLog } from "./log/event-log.ts";
export { Hub } from "./tail/hub.ts";

for (const api of compatApis) app.route("/", api);

/** The Worker: the API, and every minute what keeps a lost alarm or a missed push from mattering. */
export default {
  async fetch(request: Request, env, ctx) {
    const error = setUpError(env);
    const response =
      preflightAnswer(request) ??
      (error
        ? problemResponse(error, newId("req", platform.nowMs(), platform))
        : await app.fetch(request, patientEnv(env), ctx));
    return withStandingHeaders(request, response);
  },
  async scheduled(controller, env) {
    if (setUpError(env) === null) await runCron(patientEnv(env), controller.scheduledTime);
  },
} satisfies ExportedHandler<Env>;
