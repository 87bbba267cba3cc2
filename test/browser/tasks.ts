import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { Atlas } from "../../src/sdk/client/index.ts";
import { eventually } from "../e2e/eventually.ts";
import { freePort } from "../e2e/started-service.ts";
import { CHROMIUM } from "./chromium.ts";
import { Person } from "./person.ts";
import { Receiver } from "./receivers.ts";

/*
 * `npm run test:tasks`: what somebody wants on their first days, by the clock, in a fresh clone with its packages
 * installed: see a delivery after `npm start`, find why an event did not arrive, replay what failed. They look before
 * they act, and type as people do. Ends with 1 if one of them takes too long.
 */

const ROOT = join(import.meta.dirname, "../..");
const FAILED = 40;

const clone = mkdtempSync(join(tmpdir(), "atlas-tasks-"));
execFileSync("git", ["clone", "--quiet", "--no-hardlinks", ROOT, join(clone, "repository")]);
const repository = join(clone, "repository");
symlinkSync(join(ROOT, "node_modules"), join(repository, "node_modules"));

const startedAt = performance.now();
const service = spawn("npm", ["start"], {
  cwd: repository,
  detached: true,
  stdio: ["ignore", "pipe", "inherit"],
  env: { ...process.env, PORT: String(await freePort()), DATA_DIR: join(clone, "data") },
});
let printed = "";
service.stdout.on("data", (chunk) => {
  printed += chunk;
});
const browser = await chromium.launch({ executablePath: CHROMIUM ?? "chromium", args: ["--no-sandbox"] });
const receivers: Receiver[] = [];

/** Each with the seconds that it may take. */
const results: { task: string; seconds: number; most: number }[] = [];

try {
  const link = await eventually(
    "the link",
    () => /http\S+\/dashboard#key=\S+/.exec(printed)?.[0] ?? false,
    120_000,
  );
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  const person = new Person(page);

  await page.goto(link);
  await person.presses(page.getByRole("button", { name: "Open inbox" }));
  await person.presses(page.getByRole("button", { name: "Make endpoint" }));
  await person.presses(page.getByRole("button", { name: "Send event" }));
  await person.sees(page.getByText("200 OK"));
  results.push({ task: "see a delivery after npm start", seconds: secondsSince(startedAt), most: 60 });

  const [, baseUrl = "", key = ""] = /(http\S+)\/dashboard#key=(\S+)/.exec(link) ?? [];
  const atlas = new Atlas({ key, baseUrl });
  const picky = await Receiver.start("works");
  const broken = await Receiver.start("breaks");
  receivers.push(picky, broken);
  await atlas.endpoints.create({ url: `${picky.url}/won`, types: ["deal.*"], filter: "deal.value > 50000" });
  const { event_id } = await atlas.events.publish({ type: "deal.created", data: { value: 48_000 } });

  const asksAt = performance.now();
  await person.presses(page.getByRole("link", { name: "Why did it not arrive?" }));
  await person.pastes(page.getByRole("textbox", { name: "Event id" }), event_id);
  await person.presses(page.getByRole("button", { name: "Explain" }));
  await person.sees(page.getByText("Did not match.").first());
  await person.sees(page.getByText("deal.value > 50000").first());
  results.push({ task: "find why an event did not arrive", seconds: secondsSince(asksAt), most: 30 });

  const down = await atlas.endpoints.create({
    ...{ url: `${broken.url}/down`, types: ["order.*"], retry: { delays: [0.1] } },
  });
  await atlas.events.publishBatch(
    Array.from({ length: FAILED }, (_, number) => ({ type: "order.paid", data: { number } })),
  );
  const deadOnes = async () => (await atlas.endpoints.stats(down.id, "24h")).dead;
  await eventually("all are dead", async () => (await deadOnes()) === FAILED, 60_000);
  broken.mend();

  const replaysAt = performance.now();
  await person.presses(page.getByRole("link", { name: "Deliveries", exact: true }));
  await person.presses(page.getByRole("button", { name: "Filter", exact: true }));
  await person.presses(page.getByRole("button", { name: "status", exact: true }));
  await person.presses(page.getByRole("button", { name: "Dead", exact: true }));
  await person.presses(page.getByRole("button", { name: "Filter", exact: true }));
  await person.presses(page.getByRole("button", { name: "time", exact: true }));
  await person.presses(page.getByRole("button", { name: /24/ }));
  await person.presses(page.getByLabel("Select all that are shown"));
  const bar = page.getByRole("region", { name: "Selection" });
  await person.presses(bar.getByRole("button", { name: "Select all that match" }));
  await person.presses(bar.getByRole("button", { name: "Replay" }));
  await person.presses(page.getByRole("dialog").getByRole("button", { name: `Replay ${FAILED}` }));
  await person.sees(page.getByRole("status").getByText(`${FAILED} deliveries done.`));
  results.push({ task: "replay what failed within a day", seconds: secondsSince(replaysAt), most: 30 });
  const delivered = async () => (await atlas.endpoints.stats(down.id, "24h")).delivered;
  await eventually("all arrive", async () => (await delivered()) === FAILED, 60_000);
} finally {
  await browser.close();
  await Promise.all(receivers.map((receiver) => receiver.stop()));
  if (service.pid !== undefined) process.kill(-service.pid, "SIGTERM");
  await new Promise((resolve) => service.once("close", resolve));
  rmSync(clone, { recursive: true, force: true });
}

for (const { task, seconds, most } of results) {
  if (seconds > most) process.exitCode = 1;
  console.log(`${seconds > most ? "MISSED" : "met   "}  ${task}: ${seconds.toFixed(1)} s, at most ${most} s`);
}

function secondsSince(at: number): number {
  return (performance.now() - at) / 1000;
}
