import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dialects } from "../../src/dialects/index.ts";

const contracts = readFileSync(join(import.meta.dirname, "../../docs/contracts.md"), "utf8");

/** What docs/contracts.md says of a dialect that the SDK does not verify yet. */
const UNVERIFIED = "The SDK does not verify it.";

/** The dialects that the SDK promises to verify: all but those whose section says that it does not. */
export const VERIFIED: readonly string[] = Object.keys(dialects).filter((name) => {
  const [, section = ""] = contracts.split(`\n## \`${name}\`\n`);
  return !(section.split("\n## ")[0] ?? "").includes(UNVERIFIED);
});
