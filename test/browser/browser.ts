import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { Atlas } from "../../src/sdk/client/index.ts";
import { Service } from "../e2e/started-service.ts";
import { CHROMIUM, hasBrowser } from "./chromium.ts";

export { hasBrowser };

if (!hasBrowser)
  console.warn("The dashboard is not tested: there is no Chromium here; CHROMIUM may name one.");

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const THEMES = ["light", "dark"] as const;

/** A service with its dashboard, and a browser that looks at it. */
export class Scene {
  readonly service: Service;
  readonly atlas: Atlas;
  readonly #browser: Browser;
  readonly #contexts = new Set<BrowserContext>();
  readonly #faults: string[] = [];

  private constructor(service: Service, browser: Browser) {
    this.service = service;
    this.#browser = browser;
    this.atlas = new Atlas({ key: service.client.key, baseUrl: service.url });
  }

  static async set(): Promise<Scene> {
    const [service, browser] = await Promise.all([
      Service.start(),
      chromium.launch({
        executablePath: CHROMIUM ?? "chromium",
        args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
      }),
    ]);
    return new Scene(service, browser);
  }

  async clear(): Promise<void> {
    await this.#browser.close();
    await this.service.remove();
  }

  /** A page of its own, not signed in. What its console and its policy complain about is kept. */
  async page(width = 1440, theme: "light" | "dark" = "light"): Promise<Page> {
    const context = await this.#browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: theme,
      reducedMotion: "reduce",
      permissions: ["clipboard-read", "clipboard-write"],
    });
    this.#contexts.add(context);
    const page = await context.newPage();
    page.on("console", (line) => {
      if (line.type() === "error" || line.type() === "warning")
        this.#faults.push(`${page.url()}: ${line.text()}`);
    });
    page.on("pageerror", (error) => this.#faults.push(`${page.url()}: ${error.message}`));
    return page;
  }

  /** Closes all pages: one that stays open goes on to ask and to draw. */
  async closePages(): Promise<void> {
    const contexts = [...this.#contexts];
    this.#contexts.clear();
    // What a page says as it is cut off is no fault of it.
    for (const page of contexts.flatMap((context) => context.pages())) page.removeAllListeners();
    await Promise.all(contexts.map((context) => context.close()));
  }

  /** A page that is signed in, at a path below /dashboard. */
  async open(
    path: string,
    { width = 1440, theme = "light" as "light" | "dark", key = this.service.client.key } = {},
  ) {
    const page = await this.page(width, theme);
    await page.goto(`${this.service.url}/dashboard${path}#key=${key}`);
    return page;
  }

  /** The admin key of a further workspace, which is empty. */
  async emptyWorkspace(name: string): Promise<string> {
    const operator = new Atlas({ key: this.service.operator.key, baseUrl: this.service.url });
    const { key } = await operator.workspaces.create({ name });
    return key;
  }

  /** What was complained about since it was last asked. */
  faults(): string[] {
    return this.#faults.splice(0);
  }
}

interface AxeResult {
  violations: { id: string; impact: string | null; nodes: { html: string; failureSummary?: string }[] }[];
}

/** What axe-core finds serious or critical on a page, in lines to read. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations } = (await page.evaluate("axe.run()")) as AxeResult;
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary ?? ""}`),
    );
}
