import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type RunningServer, startServer } from "../../src/local/server.ts";

/*
 * `npm run test:fuzz`: Schemathesis makes requests from the OpenAPI document, good ones and broken ones, and sends
 * them to a started server: no 5xx, no status, header or body that the document does not promise. It is a Python
 * program (`pip install schemathesis`); without it this says so and ends well.
 */

const PROGRAM = process.env.SCHEMATHESIS ?? "schemathesis";

/** Left out: that whatever fits the schema is taken. Rules such as "`to` is later than `from`" no schema can say. */
const CHECKS = [
  "not_a_server_error",
  "status_code_conformance",
  "content_type_conformance",
  "response_headers_conformance",
  "response_schema_conformance",
  "negative_data_rejection",
  "unsupported_method",
  "ignored_auth",
];

const OPERATOR_PATHS = "^/(metrics|v1/workspaces)";

const { values } = parseArgs({
  options: {
    "max-examples": { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
  },
});

function run(server: RunningServer, key: string, paths: string[]): Promise<number> {
  const child = spawn(
    PROGRAM,
    [
      ...["run", `${server.url}/openapi.json`, "--header", `Authorization: Bearer ${key}`],
      ...["--phases", "examples,coverage,fuzzing", "--checks", CHECKS.join(",")],
      ...["--max-examples", values["max-examples"], "--seed", values.seed, "--continue-on-failure"],
      ...["--warnings", "off", ...paths],
    ],
    { stdio: "inherit", cwd: server.dataDir },
  );
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(code ?? 1));
  });
}

async function main(): Promise<number> {
  if (spawnSync(PROGRAM, ["--version"], { stdio: "ignore" }).status !== 0) {
    console.log(`Skipped: ${PROGRAM} is not installed (pip install schemathesis, or set SCHEMATHESIS).`);
    return 0;
  }
  const dataDir = mkdtempSync(join(tmpdir(), "atlas-fuzz-"));
  // Endpoints with made-up URLs: their deliveries must not leave this machine.
  const env = { ...process.env, PORT: "0", DATA_DIR: dataDir, ALLOWED_NETWORKS: "127.0.0.0/8" };
  const server = await startServer({ env });
  try {
    const asAdmin = await run(server, server.firstKey ?? "", ["--exclude-path-regex", OPERATOR_PATHS]);
    const asOperator = await run(server, server.adminToken, ["--include-path-regex", OPERATOR_PATHS]);
    return Math.max(asAdmin, asOperator);
  } finally {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

process.exit(await main());
