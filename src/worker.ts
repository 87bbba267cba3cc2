import { app } from "./api/app.ts";
import { compatApis } from "./compat/index.ts";
import { patientEnv } from "./d1/patient-database.ts";
import { newId } from "./domain/ids.ts";
import type { Env } from "./env.ts";
import { problemResponse } from "./errors.ts";
import { dropBody } from "./http/body-text.ts";
import { setUpError } from "./http/set-up.ts";
import { preflightAnswer, withStandingHeaders } from "./http/standing-headers.ts";
import { platform } from "./platform.ts";
import { runCron } from "./reconcile/cron.ts";

export { Endpoint } from "./delivery/endpoint.ts";
export { Sender } from "./delivery/senders/sender.ts";
export { Inbox } from "./inbox/inbox.ts";
export { EventLog } from "./log/event-log.ts";
export { Hub } from "./tail/hub.ts";

/** The bindings as requests take them, where the settings among them are usable: every request asks. */
const usable = new WeakMap<Env, Env>();

for (const api of compatApis) app.route("/", api);

/** The Worker: the API, and every minute what keeps a lost alarm or a missed push from mattering. */
export default {
  async fetch(request: Request, env, ctx) {
    const response = preflightAnswer(request) ?? (await answer(request, env, ctx));
    // Whatever answered: one that did not read what was sent would never be heard by who still sends it.
    if (!request.bodyUsed) await dropBody(request);
    return withStandingHeaders(request, response);
  },
  async scheduled(controller, env) {
    if (setUpError(env) === null) await runCron(patientEnv(env), controller.scheduledTime, platform);
  },
} satisfies ExportedHandler<Env>;

function answer(request: Request, env: Env, ctx: ExecutionContext): Response | Promise<Response> {
  let bindings = usable.get(env);
  if (bindings === undefined) {
    const error = setUpError(env);
    if (error) return problemResponse(error, newId("req", platform.nowMs(), platform));
    bindings = patientEnv(env);
    usable.set(env, bindings);
  }
  return app.fetch(request, bindings, ctx);
}
