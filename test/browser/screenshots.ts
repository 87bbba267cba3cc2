import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Scene, THEMES } from "./browser.ts";
import { FAILURES } from "./failures.ts";
import { allPages, type ListedPage } from "./page-list.ts";
import { Seed } from "./seed.ts";

/*
 * `npm run screenshots`: every page in both themes, as on a desktop, on a tablet and on a phone, and what it shows where
 * the service does not answer, into `screenshots/`.
 */

const FOLDER = join(import.meta.dirname, "../../screenshots");
const HEIGHTS = { 1440: 900, 768: 1024, 375: 812 } as const;
const WIDTHS = [1440, 768, 375] as const;

/** Pages of which it is also shown that they could not be loaded. */
const FAILING = ["overview", "deliveries", "endpoint", "settings"];

mkdirSync(FOLDER, { recursive: true });
const scene = await Scene.set();
const seed = await Seed.make(scene.atlas, 240);
try {
  const pages = await allPages(scene.atlas, seed);
  const page = await scene.open("/");
  const open = async ({ heading, path }: ListedPage) => {
    await page.goto(`${scene.service.url}/dashboard${path}`);
    await page.getByRole("heading", { level: 1, name: heading }).waitFor();
    await page.locator(".sk").first().waitFor({ state: "detached" });
  };
  const shoot = async (name: string) => {
    for (const width of WIDTHS) {
      for (const theme of THEMES) {
        await page.setViewportSize({ width, height: HEIGHTS[width] });
        await page.emulateMedia({ colorScheme: theme });
        await page.screenshot({ path: join(FOLDER, `${name}-${width}-${theme}.png`) });
      }
    }
    console.log(name);
  };
  for (const one of pages) {
    await open(one);
    await shoot(one.file);
  }
  for (const { name, answer } of FAILURES) {
    const isOwnKey = (url: string) => url.endsWith("/v1/keys/current");
    await page.route("**/v1/**", (route) =>
      isOwnKey(route.request().url()) ? route.continue() : answer(route),
    );
    for (const one of pages.filter(({ file }) => FAILING.includes(file))) {
      await page.goto(`${scene.service.url}/dashboard${one.path}`);
      await page.getByRole("alert").first().waitFor();
      await shoot(`${one.file}-${name}`);
    }
    await page.unroute("**/v1/**");
  }
} finally {
  await seed.stop();
  await scene.clear();
}
