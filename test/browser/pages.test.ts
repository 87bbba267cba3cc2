import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { hasBrowser, Scene, seriousFindings, THEMES } from "./browser.ts";
import { FAILURES } from "./failures.ts";
import { allPages, type ListedPage } from "./page-list.ts";
import { Receiver } from "./receivers.ts";
import { HOSTILE, Seed } from "./seed.ts";

/** `npm run test:browser` looks at every width and theme, with axe; `npm test` at one of each without it, for time. */
const EVERY_LOOK = Boolean(process.env.EVERY_LOOK);
const LOOKS = EVERY_LOOK
  ? ([1440, 768, 375] as const).flatMap((width) => THEMES.map((theme) => ({ width, theme })))
  : [{ width: 375, theme: "dark" as const }];

/** It ends what hangs: each look takes axe a second or two on a busy machine. */
const ENDS_AFTER_MS = LOOKS.length * 120_000;

describe.skipIf(!hasBrowser)("all pages of the dashboard", () => {
  let scene: Scene;
  let seed: Seed;
  let pages: ListedPage[];

  beforeAll(async () => {
    scene = await Scene.set();
    seed = await Seed.make(scene.atlas, 60);
    pages = await allPages(scene.atlas, seed);
  });

  afterEach(() => scene.closePages());

  afterAll(async () => {
    await seed?.stop();
    await scene?.clear();
  });

  it(
    EVERY_LOOK
      ? "show themselves, break no rule of their policy, complain of nothing, and axe finds nothing serious"
      : "show themselves, break no rule of their policy, and complain of nothing",
    async () => {
      const found: string[] = [];
      const waiting = [...pages];
      const look = async () => {
        const page = await scene.open("/");
        await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const { heading, path } = next;
          await page.goto(`${scene.service.url}/dashboard${path}`);
          await page.getByRole("heading", { level: 1, name: heading }).waitFor();
          await page.locator(".sk").first().waitFor({ state: "detached" });
          for (const { width, theme } of LOOKS) {
            await page.setViewportSize({ width, height: 900 });
            await page.emulateMedia({ colorScheme: theme });
            const at = `${path} at ${width} px, ${theme}`;
            const wider = await page.evaluate(
              "document.documentElement.scrollWidth - document.documentElement.clientWidth",
            );
            if (wider !== 0) found.push(`${at}: is ${wider} px wider than the screen`);
            if (EVERY_LOOK)
              found.push(...(await seriousFindings(page)).map((finding) => `${at}: ${finding}`));
          }
        }
      };
      await Promise.all([look(), look()]);
      found.push(...scene.faults());
      expect(found).toEqual([]);
    },
    ENDS_AFTER_MS,
  );

  it("say what could not be loaded, why, and how to try again; and show it once it can be", async () => {
    const page = await scene.open("/");
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    let failure = FAILURES[0];
    await page.route("**/v1/**", (route) =>
      failure === undefined || route.request().url().endsWith("/v1/keys/current")
        ? route.continue()
        : failure.answer(route),
    );
    const few = ["endpoints", "deliveries", "explain"];
    const looked = pages.filter(({ file }) => (EVERY_LOOK ? file !== "endpoint-new" : few.includes(file)));
    for (const [index, { path }] of looked.entries()) {
      failure = FAILURES[index % FAILURES.length];
      await page.goto(`${scene.service.url}/dashboard${path}`);
      const alert = page.getByRole("alert").filter({ hasText: "could not be loaded" }).first();
      await alert.getByText(failure?.sentence ?? "", { exact: false }).waitFor();
      // What is not known is not counted.
      expect(await page.getByText(/^(All )?0( endpoints?| types?| events?.*)?$/).count(), path).toBe(0);
      if (index < looked.length - 1) continue;
      failure = undefined;
      await alert.getByRole("button", { name: "Try again" }).click();
      await alert.waitFor({ state: "detached" });
    }
    // What the browser itself says of each answer.
    scene.faults();
  }, 240_000);

  it("go on after a deploy that took the files of a page that is open: it is loaded anew, at the same address", async () => {
    const page = await scene.open("/");
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    let asked = 0;
    await page.route("**/assets/keys-*.js", (route) => {
      asked += 1;
      return asked === 1 ? route.fulfill({ status: 404 }) : route.continue();
    });
    await page.getByRole("link", { name: "Keys" }).click();
    await page.getByRole("heading", { level: 1, name: "Keys" }).waitFor();
    expect([asked, new URL(page.url()).pathname]).toEqual([2, "/dashboard/keys"]);
    // What the browser itself says of the file that was not there.
    scene.faults();
  });

  it("asks nobody but its own service for anything", async () => {
    const page = await scene.page();
    const asked = new Set<string>();
    page.on("request", (request) => asked.add(new URL(request.url()).origin));
    await page.goto(`${scene.service.url}/dashboard#key=${scene.service.client.key}`);
    await page.getByRole("heading", { name: "Needs attention" }).waitFor();
    expect([...asked]).toEqual([scene.service.url]);
  });

  it("stays text and stands still, whatever publishers, receivers and customers write", async () => {
    const receiver = await Receiver.start("attacks");
    const endpoint = await scene.atlas.endpoints.create({
      ...{ url: `${receiver.url}/hostile`, types: ["hostile.line"], retry: { delays: [0.1] } },
      ...{ description: HOSTILE.replaceAll("\u0000", ""), metadata: { "<b>key</b>": "‮<img src=x>" } },
    });
    const line = `${HOSTILE}${"x".repeat(1_000_000)}`;
    const { event_id } = await scene.atlas.events.publish({ type: "hostile.line", data: { line } });
    const list = scene.atlas.endpoints.deliveries(endpoint.id, { status: "dead" });
    await expect.poll(async () => (await list.page()).data.length, { timeout: 90_000 }).toBe(1);
    const [delivery] = (await list.page()).data;
    const at = `/deliveries/${endpoint.id}/${delivery?.id}`;
    const page = await scene.open(at);
    await page.getByRole("button", { name: /^Show all 1,000,\d{3} characters$/i }).click();
    await page.getByRole("tab", { name: "Response" }).click();
    await page.getByText("<script>document.title='owned'</script>").first().waitFor();
    await page.getByText("<b>header</b>").first().waitFor();
    const few = ["/endpoints", `/events/${event_id}`, `/explain/${event_id}`];
    const others = [
      ...["/", `/endpoints/${endpoint.id}`, `/endpoints/${endpoint.id}/edit`, "/audit", "/events?q=owned"],
      ...[
        `/endpoints/${endpoint.id}/versions`,
        `/signature?endpoint=${endpoint.id}&delivery=${delivery?.id}`,
      ],
    ];
    for (const path of process.env.EVERY_LOOK ? [...few, ...others] : few) {
      await page.goto(`${scene.service.url}/dashboard${path}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.locator(".sk").first().waitFor({ state: "detached" });
      expect(await page.locator("img, main script, main b:text-is('header')").count(), path).toBe(0);
      expect(await page.title(), path).toContain("Atlas Webhooks");
    }
    await receiver.stop();
    expect(scene.faults()).toEqual([]);
  });

  it("shows markup, marks of direction and numbers beyond a double as the text they are", async () => {
    const data =
      '{"html":"<img src=x onerror=alert(1)><script>document.title=1</script>","turn":"\\u202e‮abc","big":12345678901234567890}';
    const { event_id } = await scene.atlas.events.publishText(`{"type":"deal.created","data":${data}}`);
    const page = await scene.open(`/events/${event_id}`);
    const code = page.getByRole("region", { name: /^data, \d+ bytes as sent$/ });
    await code.waitFor();
    const shown = (await code.textContent()) ?? "";
    expect(shown).toContain("<img src=x onerror=alert(1)><script>document.title=1</script>");
    expect(shown).toContain("\\u202eU+202Eabc");
    expect(shown).toContain("12345678901234567890");
    expect(await page.locator("img, .card script").count()).toBe(0);
    expect(await page.title()).toBe("Events · Atlas Webhooks");
    expect(scene.faults()).toEqual([]);
  });
});
