import { getPriority, setPriority } from "node:os";
import { parseArgs } from "node:util";
import { eventually } from "../e2e/eventually.ts";
import { Receiver } from "../e2e/receiver.ts";
import { Service } from "../e2e/started-service.ts";
import { residentMb } from "../load/heap.ts";
import { Attacker } from "./attacker.ts";
import { attacks } from "./attacks.ts";
import { Neighbour } from "./neighbour.ts";
import { slowness } from "./slowness.ts";
import { ThreadShare } from "./thread-share.ts";
import { inFull, inShort, Trial } from "./trial.ts";

/*
 * `npm run test:hostile -- [--seconds 20] [--short] [--open-files 1024] [--only name]`: one workspace sends the worst that
 * anybody thought of, attack after attack, while another one publishes 40 events/s. Ends with 1 if the service is
 * restarted, refuses the other workspace, makes it wait, loses an event of it, or takes memory without bound. `--short`:
 * each attack for 4 s, on any machine; where that is too busy to see what the neighbour waits, this alone is not judged.
 */

const { values } = parseArgs({
  options: {
    seconds: { type: "string" },
    short: { type: "boolean", default: false },
    "open-files": { type: "string", default: "1024" },
    only: { type: "string" },
  },
});
const phaseMs = Number(values.seconds ?? (values.short ? 4 : 20)) * 1000;

/** What workerd may have in memory at its most: docs/operations.md, Memory. */
const MOST_RESIDENT_MB = 700;

/** The attacker's own work must not look like the service's: beside it on the same cores, it comes last. */
const PRIORITIES_BEHIND = 15;
const LEAST_PRIORITY = 19;

const played = attacks(values.short).filter(({ name }) => values.only === undefined || name === values.only);
if (played.length === 0) {
  console.log(`There is no attack "${values.only}".`);
  process.exit(1);
}

const failures: string[] = [];
const notJudged: string[] = [];
const slow = slowness();
if (slow > 1)
  console.log(`This machine's thread takes ${slow.toFixed(1)} × as long as the one of which the bounds are.`);
const rules = values.short ? inShort(Date.now(), slow) : inFull(slow);
const service = await Service.start();
const receiver = await Receiver.start();
let neighbour: Neighbour | null = null;
try {
  const key = async (name: string) => {
    const body = { name };
    const answer = await service.operator.request<{ key: string }>("POST", "/v1/workspaces", body);
    return answer.body.key;
  };
  const [ours, theirs] = [await key("neighbour"), await key("attacker")];
  await service.stop();
  await service.restart(Number(values["open-files"]));
  const workerd = service.workerdPid;
  let mostMb = 0;
  const watch = setInterval(() => {
    mostMb = Math.max(mostMb, residentMb(workerd) ?? 0);
  }, 100);
  watch.unref();

  neighbour = await Neighbour.start({ url: service.url, key: ours });
  setPriority(Math.min(LEAST_PRIORITY, getPriority() + PRIORITIES_BEHIND));
  await neighbour.phase("warm-up", phaseMs / 4);
  const attacker = new Attacker(service.url, theirs, receiver);
  const trial = new Trial(neighbour, attacker, new ThreadShare(workerd), phaseMs, rules);
  for (const attack of played) {
    if (Date.now() > rules.playsUntil) {
      notJudged.push(`${attack.name}: not played, since the ones before took so long`);
      continue;
    }
    const outcome = await trial.play(attack);
    failures.push(...outcome.failures);
    if (outcome.notJudged !== null) notJudged.push(outcome.notJudged);
  }
  const { lost, refused } = await neighbour.end();
  if (lost > 0) failures.push(`${lost} events of the neighbour were lost`);
  if (refused.length > 0) failures.push(`the neighbour was refused: ${[...new Set(refused)].join(", ")}`);
  if (service.workerdPid !== workerd) failures.push("workerd ended and was started again");
  await eventually("health", async () => (await fetch(`${service.url}/health`)).ok);
  if (mostMb > MOST_RESIDENT_MB) failures.push(`workerd had ${mostMb.toFixed(0)} MB in memory`);
  console.log(`workerd: ${mostMb.toFixed(0)} MB in memory at its most; lost ${lost}`);
} catch (error) {
  failures.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
} finally {
  neighbour?.kill();
  await service.remove();
  await receiver.stop();
}
if (failures.length > 0)
  console.log(`The last of what the service printed:\n${service.process.stderr().slice(-4000)}`);
for (const one of notJudged) console.log(`Not judged: ${one}`);
for (const failure of failures) console.log(`FAILED: ${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;
// Connections that an attack left open hold nothing up.
process.exit();
