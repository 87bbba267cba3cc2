import { parseArgs } from "node:util";
import { eventually } from "../e2e/eventually.ts";
import { Receiver } from "../e2e/receiver.ts";
import { Service } from "../e2e/started-service.ts";
import { residentMb } from "../load/heap.ts";
import { type Answers, Attacker } from "./attacker.ts";
import { ATTACKS } from "./attacks.ts";
import { Neighbour, type Phase } from "./neighbour.ts";

/*
 * `npm run test:hostile -- [--seconds 20] [--short] [--open-files 1024] [--only name]`: one workspace sends the worst that
 * anybody thought of, attack after attack, while another one publishes 40 events/s. Ends with 1 if the service is
 * restarted, refuses the other workspace, makes it wait, loses an event of it, or takes memory without bound. `--short`:
 * each attack for 4 s. What the machine does beside is no attack: each is judged by the calm before and after it.
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

/** The neighbour's p99 under an attack, against its p99 without one just before and after it. */
const MOST_SLOWER = 3;

/** Below this a p99 is a few pauses of a garbage collector, whoever else is there. */
const PAUSE_MS = 25;

/** What workerd may have in memory at its most: docs/operations.md, Memory. */
const MOST_RESIDENT_MB = 700;

const failures: string[] = [];
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
  await neighbour.phase("warm-up", phaseMs / 4);
  const inCalm = (next: Neighbour) => next.phase("calm", phaseMs / 2);
  let before = await inCalm(neighbour);
  tell(before);
  for (const attack of ATTACKS) {
    if (values.only !== undefined && attack.name !== values.only) continue;
    const attacker = new Attacker(service.url, theirs, receiver);
    await attack.prepare?.(attacker);
    if (attack.prepare) {
      console.log(`${attack.name}: prepared, answers ${JSON.stringify(attacker.answers)}`);
      attacker.forgetAnswers();
      before = await inCalm(neighbour);
      tell(before);
    }
    const until = Date.now() + phaseMs;
    const [phase] = await Promise.all([
      neighbour.phase(attack.name, phaseMs),
      attack.run(attacker, () => Date.now() < until),
    ]);
    const answers = { ...attacker.answers };
    await attack.clear?.(attacker);
    const after = await inCalm(neighbour);
    tell(phase, answers, [before, after]);
    tell(after);
    judge(phase, [before, after], answers);
    before = after;
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
if (failures.length > 0) console.log(service.process.stderr().slice(-4000));
for (const failure of failures) console.log(`FAILED: ${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;
// Connections that an attack left open hold nothing up.
process.exit();

/** `calm`: before and after it, for an attack. */
function tell({ name, count, p50Ms, p99Ms, mostMs }: Phase, answers?: Answers, calm?: Phase[]): void {
  const ratio = calm ? `, p99 ${(p99Ms / calmP99Of(calm)).toFixed(1)} × calm` : "";
  const given = answers ? `; answers ${JSON.stringify(answers)}` : "";
  const times = [p50Ms, p99Ms, mostMs].map((ms) => ms.toFixed(1)).join(" / ");
  console.log(
    `${name.padEnd(28)} neighbour's publish p50 / p99 / most ${times} ms${ratio}, ${count} events${given}`,
  );
}

/** The slower one of the two calms. */
function calmP99Of(calm: Phase[]): number {
  return Math.max(...calm.map(({ p99Ms }) => p99Ms));
}

function judge(phase: Phase, calm: Phase[], answers: Answers): void {
  const bound = MOST_SLOWER * Math.max(calmP99Of(calm), PAUSE_MS);
  if (phase.p99Ms > bound)
    failures.push(
      `${phase.name}: the neighbour's p99 was ${phase.p99Ms.toFixed(0)} ms, ${bound.toFixed(0)} allowed`,
    );
  for (const answer of ["500", "no answer"])
    if ((answers[answer] ?? 0) > 0)
      failures.push(`${phase.name}: the attacker got ${answers[answer]} × ${answer}`);
}
