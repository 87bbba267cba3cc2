import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasBrowser, Scene, seriousFindings, THEMES } from "./browser.ts";
import { Seed } from "./seed.ts";

/** `npm run test:browser` looks at every width and theme; `npm test` at one of each, for time. */
const LOOKS = process.env.EVERY_LOOK
  ? ([1440, 768, 375] as const).flatMap((width) => THEMES.map((theme) => ({ width, theme })))
  : [{ width: 375, theme: "dark" as const }];

describe.skipIf(!hasBrowser)("all pages of the dashboard", () => {
  let scene: Scene;
  let seed: Seed;
  let pages: [name: string, path: string][];

  beforeAll(async () => {
    scene = await Scene.set();
    seed = await Seed.make(scene.atlas, 60);
    const breaking = seed.endpoints[1]?.id ?? "";
    const [delivery] = (await scene.atlas.endpoints.deliveries(breaking, { limit: 1 }).page()).data;
    const event = delivery?.event_id ?? "";
    pages = [
      ["Overview", "/"],
      ["Endpoints", "/endpoints"],
      ["New endpoint", "/endpoints/new"],
      ["Edit endpoint", `/endpoints/${breaking}/edit`],
      ["hooks/atlas", `/endpoints/${breaking}`],
      ["hooks/atlas", `/endpoints/${breaking}/deliveries`],
      ["hooks/atlas", `/endpoints/${breaking}/health`],
      ["hooks/atlas", `/endpoints/${breaking}/secret`],
      ["hooks/atlas", `/endpoints/${breaking}/replays`],
      ["hooks/atlas", `/endpoints/${breaking}/versions`],
      ["Deliveries", "/deliveries"],
      ["deal.", `/deliveries/${breaking}/${delivery?.id}`],
      ["Events", `/events/${event}`],
      ["Events", "/events?q=Northwind"],
      ["Replays", "/replays"],
      ["Inbox", "/inbox"],
      ["Event types", "/event-types/deal.created"],
      ["Keys", "/keys"],
      ["Audit log", "/audit"],
      ["Settings", "/settings"],
      ["Why did it not arrive?", `/explain/${event}`],
      ["Signature debugger", `/signature?endpoint=${breaking}&delivery=${delivery?.id}`],
    ];
  });

  afterAll(async () => {
    await seed?.stop();
    await scene?.clear();
  });

  it("show themselves, break no rule of their policy, complain of nothing, and axe finds nothing serious", async () => {
    const found: string[] = [];
    const waiting = [...pages];
    const look = async () => {
      const page = await scene.open("/");
      await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [name, path] = next;
        await page.goto(`${scene.service.url}/dashboard${path}`);
        await page.getByRole("heading", { level: 1, name }).waitFor();
        await page.locator(".sk").first().waitFor({ state: "detached" });
        for (const { width, theme } of LOOKS) {
          await page.setViewportSize({ width, height: 900 });
          await page.emulateMedia({ colorScheme: theme });
          const at = `${path} at ${width} px, ${theme}`;
          const wider = await page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth",
          );
          if (wider !== 0) found.push(`${at}: is ${wider} px wider than the screen`);
          found.push(...(await seriousFindings(page)).map((finding) => `${at}: ${finding}`));
        }
      }
    };
    await Promise.all([look(), look()]);
    found.push(...scene.faults());
    expect(found).toEqual([]);
  });

  it("asks nobody but its own service for anything", async () => {
    const page = await scene.page();
    const asked = new Set<string>();
    page.on("request", (request) => asked.add(new URL(request.url()).origin));
    await page.goto(`${scene.service.url}/dashboard#key=${scene.service.client.key}`);
    await page.getByRole("heading", { name: "Needs attention" }).waitFor();
    expect([...asked]).toEqual([scene.service.url]);
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
