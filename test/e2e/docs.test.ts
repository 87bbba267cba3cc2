import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { reference } from "../../src/api/app.ts";
import { shellBlocksOf } from "./documented.ts";
import { Receiver } from "./receiver.ts";
import { Service } from "./started-service.ts";

// What the routes take of workerd, which the document has no use for.
vi.mock("cloudflare:workers", () => ({ waitUntil: () => {} }));

const run = promisify(execFile);

/** In one workspace; the README comes last, because its endpoint takes what the other pages publish. */
const PAGES = [
  "docs/api.md",
  "docs/guides/publishing.md",
  "docs/guides/order-and-idempotency.md",
  "docs/guides/retries.md",
  "docs/filters.md",
  "docs/contracts.md",
  "docs/recipes.md",
  "docs/agents.md",
  "docs/operations.md",
  "README.md",
];

/**
 * Shows each answer with its status and fails where that is no 2xx. A reader is slower than a delivery; this waits for
 * what is under way: a list of an endpoint's deliveries that is still empty, an attempt that has not ended.
 */
const CURL = `curl() {
  local answer
  for _ in {1..300}; do
    answer=$(command curl -sS -w '\\n%{http_code}\\n' "$@") || return 1
    grep -q '"code":"in_flight"' <<< "$answer" ||
      [[ "$*" == */endpoints/*/deliveries* && "$answer" == '{"data":[],"next_cursor":null'* ]] || break
    sleep 0.1
  done
  echo "$answer"
  [[ $(tail -n 1 <<< "$answer") == 2* ]] || { echo "curl $*" >&2; echo "$answer" >&2; return 1; }
}`;

describe("a reader of the docs", () => {
  let service: Service;
  let receiver: Receiver;
  /** Where `.atlas` is, as beside a checkout. */
  let folder: string;

  beforeAll(async () => {
    service = await Service.start({ ALLOWED_NETWORKS: "127.0.0.0/8" });
    receiver = await Receiver.start();
    folder = mkdtempSync(join(tmpdir(), "atlas-docs-"));
    symlinkSync(service.dataDir, join(folder, ".atlas"));
  });

  afterAll(async () => {
    await receiver.stop();
    await service.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What the reader fills in: the key that was printed, and `ep_…` by the last such id that an answer showed. */
  function filledIn(text: string, shown: string): string {
    return text
      .replace(/https:\/\/atlas-webhooks\.<account>\.workers\.dev/g, service.url)
      .replaceAll("http://127.0.0.1:8787", service.url)
      .replace(
        /https?:\/\/(?:[a-z]+\.)*(?:example\.com|zapier\.com|127\.0\.0\.1:4000)/g,
        new URL(receiver.url).origin,
      )
      .replaceAll("ak_…", service.client.key)
      .replace(/\b([a-z]{2,3})_…/g, (placeholder, prefix) => {
        const ids = shown.match(new RegExp(`\\b${prefix}_\\w+`, "g"));
        return ids?.at(-1) ?? placeholder;
      });
  }

  it.each([
    ["/openapi.json", "openapi.json"],
    ["/docs?plain", "page"],
  ])("gets %s as the build wrote it, which is as the routes of today write it", async (path, name) => {
    const built = readFileSync(join(import.meta.dirname, "../../dist/public/reference", name));
    const written = reference.find(({ file }) => file === name)?.write();
    expect(built.toString()).toBe(written);
    const answer = await fetch(service.url + path);
    expect(await answer.text()).toBe(written);
    const digest = createHash("sha256").update(built).digest("base64url");
    expect(answer.headers.get("etag")).toBe(`"${digest.slice(0, 22)}"`);
    expect(answer.headers.get("content-type")).toMatch(/^(application\/json|text\/html; charset=utf-8)$/);
  });

  it.each(PAGES)(
    "who pastes the curl lines of %s from top to bottom gets what the page says",
    async (page) => {
      const blocks = shellBlocksOf(page).filter(({ isForCurl }) => isForCurl);
      expect(blocks.length).toBeGreaterThan(0);
      let shown = "";
      let variables: Record<string, string> = {
        ATLAS: service.url,
        KEY: service.client.key,
        ADMIN_TOKEN: service.operator.key,
      };
      for (const block of blocks) {
        const names = [...new Set([...Object.keys(variables), ...block.assigns])];
        let answers = "";
        for (const part of block.parts) {
          const script = [
            "set -euo pipefail",
            CURL,
            filledIn(part, shown + answers),
            `for name in ${names.join(" ")}; do printf '\\0%s=%s' "$name" "\${!name-}"; done`,
          ].join("\n");
          const { stdout } = await run("bash", ["-c", script], {
            cwd: folder,
            env: { PATH: process.env.PATH, ...variables },
          });
          const [answered = "", ...assigned] = stdout.split("\0");
          variables = Object.fromEntries(assigned.map((pair) => pair.split(/=(.*)/s, 2) as [string, string]));
          answers += answered;
        }
        shown += answers;
        for (const { status, members } of block.answers) {
          if (status !== null) expect(answers, block.text).toContain(`\n${status}\n`);
          for (const member of members) expect(answers, block.text).toContain(member);
        }
      }
    },
  );
});
