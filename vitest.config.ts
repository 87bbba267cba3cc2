import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

const migrations = await readD1Migrations(`${import.meta.dirname}/migrations`);

const inNode = (folders: string[]) => folders.map((folder) => `test/${folder}/**/*.test.ts`);

const ORDER = "test/e2e/order.test.ts";

/** They end what hangs; no test comes near them, however busy the machine is. */
const limits = { testTimeout: 120_000, hookTimeout: 120_000 };

const againstTheServer = {
  ...limits,
  environment: "node",
  include: inNode(["e2e"]),
  globalSetup: ["./test/e2e/build.ts"],
};

export default defineConfig({
  test: {
    // One per core: Vitest would leave one of them idle, and of two that is half.
    maxWorkers: "100%",
    projects: [
      {
        test: {
          ...limits,
          name: "unit",
          environment: "node",
          include: [
            ...inNode(["domain", "dialects", "catalog", "sdk", "architecture", "local", "crash", "deploy"]),
            "test/*.test.ts",
          ],
        },
      },
      {
        // Inside workerd, with D1, R2 and the objects of wrangler.toml. There is no EGRESS binding here: attempts
        // go through the global `fetch`, which a test can replace.
        plugins: [
          cloudflareTest({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              cf: false,
              bindings: {
                TEST_MIGRATIONS: migrations,
                ADMIN_TOKEN: "test-operator-token",
                // 32 zero bytes and 32 bytes of 0x01: a current key and an older one.
                ENCRYPTION_KEY: `${btoa("\0".repeat(32))},${btoa("\x01".repeat(32))}`,
                ALLOWED_NETWORKS: "public,127.0.0.0/8,::1/128",
                SLOTS_PER_OBJECT: "100",
              },
            },
          }),
        ],
        test: {
          ...limits,
          name: "workerd",
          include: inNode(["api", "compat", "config", "log", "delivery", "storage"]),
          setupFiles: ["./test/apply-migrations.ts"],
        },
      },
      {
        // Against the built server as a process of its own: one file at a time, or they compete for two cores.
        test: { ...againstTheServer, name: "e2e", exclude: [ORDER], fileParallelism: false },
      },
      {
        // It measures no time and mostly waits for retries: beside the files of the other projects.
        test: { ...againstTheServer, name: "e2e-order", include: [ORDER] },
      },
    ],
  },
});
