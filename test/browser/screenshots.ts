import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Scene, THEMES } from "./browser.ts";
import { allPages } from "./page-list.ts";
import { Seed } from "./seed.ts";

/* `npm run screenshots`: every page in both themes, as on a desktop and on a phone, into `screenshots/`. */

const FOLDER = join(import.meta.dirname, "../../screenshots");
const WIDTHS = [1440, 375] as const;

mkdirSync(FOLDER, { recursive: true });
const scene = await Scene.set();
const seed = await Seed.make(scene.atlas, 240);
try {
  const pages = await allPages(scene.atlas, seed);
  const page = await scene.open("/");
  for (const { heading, path, file } of pages) {
    await page.goto(`${scene.service.url}/dashboard${path}`);
    await page.getByRole("heading", { level: 1, name: heading }).waitFor();
    await page.locator(".sk").first().waitFor({ state: "detached" });
    for (const width of WIDTHS) {
      for (const theme of THEMES) {
        await page.setViewportSize({ width, height: width === 375 ? 812 : 900 });
        await page.emulateMedia({ colorScheme: theme });
        await page.screenshot({ path: join(FOLDER, `${file}-${width}-${theme}.png`) });
      }
    }
    console.log(file);
  }
} finally {
  await seed.stop();
  await scene.clear();
}
