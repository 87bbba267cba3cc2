import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasBrowser, Scene, seriousFindings } from "./browser.ts";
import { Seed } from "./seed.ts";

describe.skipIf(!hasBrowser)("every page of the dashboard", () => {
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
      ["Deliveries", "/deliveries"],
      ["deal.", `/deliveries/${breaking}/${delivery?.id}`],
      ["Events", `/events/${event}`],
      ["Replays", "/replays"],
      ["Event types", "/event-types/deal.created"],
      ["Keys", "/keys"],
      ["Audit log", "/audit"],
      ["Settings", "/settings"],
      ["Why did it not arrive?", `/explain/${event}`],
    ];
  });

  afterAll(async () => {
    await seed?.stop();
    await scene?.clear();
  });

  it.each([
    [1440, "light"],
    [375, "dark"],
  ] as const)(
    "at %i px, %s: shows itself, breaks no rule of its policy, complains of nothing, and axe finds nothing serious",
    async (width, theme) => {
      const found: string[] = [];
      const waiting = [...pages];
      const look = async () => {
        const page = await scene.open("/", { width, theme });
        await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const [name, path] = next;
          await page.goto(`${scene.service.url}/dashboard${path}`);
          await page.getByRole("heading", { level: 1, name }).waitFor();
          await page.locator(".sk").first().waitFor({ state: "detached" });
          const overflow = await page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth",
          );
          if (overflow !== 0) found.push(`${path}: is ${overflow} px wider than the screen`);
          found.push(...(await seriousFindings(page)).map((finding) => `${path}: ${finding}`));
        }
      };
      await Promise.all([look(), look()]);
      found.push(...scene.faults());
      expect(found).toEqual([]);
    },
  );

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
