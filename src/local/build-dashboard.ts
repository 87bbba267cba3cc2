import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Build, buildOnce, runTool } from "./build-once.ts";
import { BUILDS, keepFormerAssets } from "./former-assets.ts";

/** What `public` holds: the page under /dashboard, and the headers of all files. */
const DASHBOARD: Build = {
  name: "The dashboard",
  command: "npm run build:public",
  sources: [
    "src/dashboard/**/*.*",
    "src/dashboard/_headers",
    "src/sdk/**/*.ts",
    "src/dialects/*.ts",
    "package-lock.json",
  ],
  made: [BUILDS, "public"],
  note: "dashboard-built-from",
  async run(root, folder) {
    const files = join(folder, "public");
    const given = ["build", "--config", "src/dashboard/vite.config.ts", "--logLevel", "warn"];
    await runTool(
      root,
      { name: "The dashboard", tool: "vite", script: "vite/bin/vite.js" },
      [...given, "--outDir", join(files, "dashboard")],
      // Whatever it is where somebody builds: otherwise React comes as its developers' build, twice as large.
      { NODE_ENV: "production" },
    );
    keepFormerAssets(join(root, "dist"), folder);
    copyFileSync(join(root, "src/dashboard/_headers"), join(files, "_headers"));
    mkdirSync(join(files, "portal"), { recursive: true });
    copyFileSync(join(root, "src/dashboard/portal/embed.js"), join(files, "portal/embed.js"));
  },
};

/** Builds the dashboard into `dist/public`, where its sources have changed. Throws a StartError. */
export function buildDashboard(root: string): Promise<void> {
  return buildOnce(root, DASHBOARD);
}
