import { type Browser, type CDPSession, chromium, type Page } from "playwright-core";
import { CHROMIUM } from "../../test/browser/chromium.ts";
import { sleep } from "../clock.ts";
import { type Figure, plain } from "../figure.ts";
import { allReceived } from "../measure-flow.ts";
import { median } from "../percentiles.ts";
import { type Bench, loadOn } from "../section.ts";
import type { Service } from "../started-service.ts";

const DELIVERIES = { quick: 5000, default: 100_000, full: 100_000 };

const TARGET_VIEW_MS = 1000;
const TARGET_ROWS_MS = 200;
const TARGET_TASK_MS = 50;

/**
 * One endpoint takes its deliveries and ends them, the others are paused and have theirs pending: to fill a log is not what is
 * measured, and in a list either is a row.
 */
const PAUSED_ENDPOINTS = 4;
const EVENTS_PER_BATCH = 1000;

/** Each view is opened so often. */
const ROUNDS = 7;

/** Pixels of one frame: about as fast as a wheel is turned. */
const SCROLLED_AT_ONCE = 600;

/** It goes on as far as it comes within this, milliseconds. */
const SCROLLS_FOR = 110_000;

/** The dashboard over a long log, in Chromium: its first view, its first rows, and scrolling through all of them. */
export async function page(bench: Bench): Promise<Figure[]> {
  if (CHROMIUM === undefined) {
    bench.note("There is no Chromium here; CHROMIUM may name one.");
    return [];
  }
  const count = DELIVERIES[bench.size];
  const port = await bench.receiver.ask("open", { name: "page" });
  return bench.withService(async (service) => {
    await fill(bench, service, port, count / (PAUSED_ENDPOINTS + 1));
    const browser = await chromium.launch({
      executablePath: CHROMIUM ?? "",
      args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
    });
    try {
      return await measured(browser, service, count);
    } finally {
      await browser.close();
    }
  });
}

/** So many events for each of the endpoints. */
async function fill(bench: Bench, service: Service, port: number, events: number): Promise<void> {
  await service.client.endpoint(port, { max_in_flight: 64 });
  const paused: string[] = [];
  for (let n = 0; n < PAUSED_ENDPOINTS; n++)
    paused.push(await service.client.endpoint(port, { status: "paused" }));
  const batch = Math.min(EVENTS_PER_BATCH, events);
  await bench.publisher.ask("run", loadOn(service, { events, batch, connections: 2, dataBytes: 256 }));
  await allReceived(bench, "page", events);
  await bench.receiver.ask("close", "page");
  for (const id of paused) {
    const isTaken = async () =>
      (await service.client.call<{ depth: number }>("GET", `/v1/endpoints/${id}/queue`)).depth >= events;
    while (!(await isTaken())) await sleep(100);
  }
}

async function measured(browser: Browser, service: Service, count: number): Promise<Figure[]> {
  const views: number[] = [];
  const rows: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    // A context of its own: nothing of it is cached.
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const tab = await context.newPage();
    views.push(await firstView(tab, service));
    rows.push(await firstRows(tab));
    await context.close();
  }
  const scroll = await scrolled(browser, service, count);
  const perFrame = scroll.cpuMs / Math.max(1, scroll.frames);
  const [view, row] = [median(views), median(rows)];
  return [
    {
      name: "first view of the dashboard, nothing cached",
      measured: `${plain(view)} ms, at most ${plain(Math.max(...views))}`,
      target: `≤ ${TARGET_VIEW_MS} ms`,
      met: view <= TARGET_VIEW_MS,
    },
    {
      name: `a click on Deliveries → first rows of ${plain(count)}`,
      measured: `${plain(row)} ms, at most ${plain(Math.max(...rows))}`,
      target: `≤ ${TARGET_ROWS_MS} ms`,
      met: row <= TARGET_ROWS_MS,
    },
    {
      name: `longest task while scrolling through ${plain(scroll.rows)} rows in ${plain(scroll.ms / 1000)} s`,
      measured: `${plain(scroll.longest)} ms, ${plain(scroll.long)} over ${TARGET_TASK_MS}`,
      target: `≤ ${TARGET_TASK_MS} ms`,
      met: scroll.long === 0,
    },
    { name: "… the page's own CPU time for each frame of it", measured: `${plain(perFrame)} ms` },
  ];
}

/** Milliseconds from the first byte asked for to what an operator sees first: what needs attention, and the numbers. */
async function firstView(tab: Page, service: Service): Promise<number> {
  await tab.addInitScript(WATCHES);
  await tab.goto(`${service.client.url}/dashboard#key=${service.client.key}`);
  return seen(tab, "dl.stats dd");
}

/** Milliseconds from a click on "Deliveries" to its first row, which is fetched then. */
async function firstRows(tab: Page): Promise<number> {
  await tab.waitForLoadState("networkidle");
  await tab.evaluate("window.watch('tbody td a')");
  await tab.getByRole("link", { name: "Deliveries", exact: true }).click();
  return seen(tab, "tbody td a");
}

async function seen(tab: Page, selector: string): Promise<number> {
  await tab.locator(selector).first().waitFor();
  return (await tab.evaluate(`window.seen[${JSON.stringify(selector)}]`)) as number;
}

/**
 * In the page: when what was asked for stood there for the first time, milliseconds since the navigation, or since the
 * press that `watch` waited for.
 */
const WATCHES = `
  window.seen = {};
  const waiting = new Map([["dl.stats dd", 0]]);
  window.watch = (selector) => addEventListener("click", () => waiting.set(selector, performance.now()), { capture: true, once: true });
  const look = () => {
    for (const [selector, since] of waiting)
      if (document.querySelector(selector)) { window.seen[selector] = performance.now() - since; waiting.delete(selector); }
  };
  new MutationObserver(look).observe(document, { childList: true, subtree: true });
`;

interface Scrolled {
  rows: number;
  ms: number;
  longest: number;
  /** Tasks longer than they may be. */
  long: number;
  frames: number;
  /** What the page's thread worked meanwhile: a busy machine lengthens tasks, but not this. */
  cpuMs: number;
}

/** Goes down a frame at a time until all rows were seen, or for as long as it may. */
async function scrolled(browser: Browser, service: Service, count: number): Promise<Scrolled> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const tab = await context.newPage();
  await tab.goto(`${service.client.url}/dashboard/deliveries#key=${service.client.key}`);
  await tab.locator("tbody td a").first().waitFor();
  await tab.waitForLoadState("networkidle");
  const devtools = await context.newCDPSession(tab);
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
  const before = await taskSeconds(devtools);
  const result = (await tab.evaluate(
    `(${scrollDown})(${count}, ${SCROLLED_AT_ONCE}, ${SCROLLS_FOR}, ${TARGET_TASK_MS})`,
  )) as Omit<Scrolled, "cpuMs">;
  const cpuMs = 1000 * ((await taskSeconds(devtools)) - before);
  await context.close();
  return { ...result, cpuMs };
}

async function taskSeconds(devtools: CDPSession): Promise<number> {
  const { metrics } = await devtools.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0;
}

/** Runs in the page. */
const scrollDown = `async (count, step, most, target) => {
  const tasks = [];
  const observer = new PerformanceObserver((list) => tasks.push(...list.getEntries().map(({ duration }) => duration)));
  observer.observe({ entryTypes: ["longtask"] });
  const startedAt = performance.now();
  let rows = 0;
  let frames = 0;
  while (rows < count && performance.now() - startedAt < most) {
    await new Promise(requestAnimationFrame);
    scrollBy(0, step);
    frames++;
    const last = document.querySelector("tbody tr:nth-last-child(2)")?.getAttribute("aria-rowindex");
    rows = Math.max(rows, Number(last ?? 1) - 1);
    if (document.querySelector("table").getAttribute("aria-rowcount") !== "-1" && scrollY + innerHeight >= document.documentElement.scrollHeight - 1) break;
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  observer.disconnect();
  return { rows, frames, ms: performance.now() - startedAt, longest: Math.max(0, ...tasks), long: tasks.filter((ms) => ms > target).length };
}`;
