import { availableParallelism } from "node:os";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { testFiles } from "./test/projects.ts";

const migrations = await readD1Migrations(`${import.meta.dirname}/migrations`);

const { unit, slow, workerd } = testFiles();

/** They end what hangs; no test comes near them, however busy the machine is. */
const limits = { testTimeout: 120_000, hookTimeout: 120_000, expect: { poll: { timeout: 60_000 } } };

const againstTheServer = {
  ...limits,
  environment: "node",
  // As those in Node: what a file starts is a process of its own anyway.
  isolate: false,
  include: ["test/e2e/**/*.test.ts"],
  globalSetup: ["./test/e2e/build.ts"],
};

export default defineConfig({
  test: {
    // More than cores: those that drive a service or a browser mostly wait for them.
    maxWorkers: availableParallelism() * 2,
    projects: [
      {
        test: {
          ...limits,
          name: "unit",
          environment: "node",
          pool: "threads",
          // A thread loads what it needs of `src` once for all its files: to load it for each took most of the time.
          isolate: false,
          setupFiles: ["./test/own-globals.ts"],
          include: unit,
        },
      },
      {
        test: { ...limits, name: "slow", environment: "node", include: slow },
      },
      {
        // Sets up on a mock of Cloudflare's API with wrangler, started some forty times: `npm run test:deploy`.
        test: { ...limits, name: "deploy", environment: "node", include: ["test/deploy/set-up.test.ts"] },
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
                // As under `npm start`.
                SAFETY_NET_SECONDS: "8",
                ARCHIVE_AFTER_SECONDS: "600",
              },
            },
          }),
        ],
        test: {
          ...limits,
          name: "workerd",
          include: workerd,
          // A few workerds for all files, each of which loads `src` once: to start one for each took most of the time.
          isolate: false,
          // After the others, since they need the cores themselves.
          maxWorkers: Math.ceil(availableParallelism() * 1.5),
          sequence: { groupOrder: 1 },
          // What one file did is gone before the next one starts.
          setupFiles: ["./test/new-world.ts"],
        },
      },
      {
        // Of the npm package, as it is packed and installed. In workerd and Chromium as well, `npm run test:sdk` more.
        test: {
          ...limits,
          name: "package",
          environment: "node",
          isolate: false,
          include: ["test/package/**/*.test.ts"],
          globalSetup: ["./test/package/packed.ts"],
        },
      },
      {
        // Against the built server as a process of its own. They measure no time that a busy machine lengthens, and wait
        // more than they work: beside each other, and beside the files of the other projects.
        test: { ...againstTheServer, name: "e2e" },
      },
      {
        // Chromium against the built server: skipped where there is none, never in CI.
        test: { ...againstTheServer, name: "browser", include: ["test/browser/**/*.test.ts"] },
      },
    ],
  },
});
