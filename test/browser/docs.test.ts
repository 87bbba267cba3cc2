import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { hasBrowser, Scene, seriousFindings } from "./browser.ts";

describe.skipIf(!hasBrowser)("the reader of the API's document", () => {
  let scene: Scene;

  beforeAll(async () => {
    scene = await Scene.set();
  });

  afterEach(() => scene.closePages());

  afterAll(async () => {
    await scene?.clear();
  });

  it("shows each operation and sends it with the key of this tab, and asks nobody but its own service", async () => {
    const page = await scene.open("/");
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    const asked = new Set<string>();
    page.on("request", (request) => asked.add(new URL(request.url()).origin));
    await page.goto(`${scene.service.url}/docs`);
    await page.getByRole("searchbox", { name: "Search operations" }).fill("v1/endpoints");
    const navigation = page.getByRole("navigation", { name: "Operations" });
    await navigation.getByRole("link", { name: "Create an endpoint" }).click();
    await page.getByRole("heading", { level: 1, name: "Create an endpoint" }).waitFor();
    await page.getByText("Where deliveries go, an https URL to a public host.").waitFor();
    const body = page.getByRole("textbox", { name: "Body" });
    await body.fill('{"url": "http://127.0.0.1:9/from-the-docs"}');
    await page.getByRole("button", { name: "Send" }).click();
    await page
      .getByRole("region", { name: /^201 Created, / })
      .getByText("from-the-docs")
      .waitFor();
    expect(await seriousFindings(page)).toEqual([]);
    expect([...asked]).toEqual([scene.service.url]);
    expect(scene.faults()).toEqual([]);
  });

  it("can be read without scripts", async () => {
    const answer = await fetch(`${scene.service.url}/docs?plain`);
    expect(await answer.text()).toContain("/v1/events/batch");
  });
});
