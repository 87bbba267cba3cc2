import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Service } from "../e2e/started-service.ts";
import { areAllWanted } from "./runtimes.ts";
import { fetches, has, runs } from "./toolchain.ts";

const PYTHON_GENERATOR = "openapi-python-client==0.29.1";
const GO_GENERATOR = "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2";

describe.runIf(areAllWanted)("clients that are generated from the OpenAPI document", () => {
  let folder: string;
  let service: Service;

  beforeAll(async () => {
    execFileSync("npm", ["run", "--silent", "build"], { stdio: ["ignore", "ignore", "inherit"] });
    folder = mkdtempSync(join(tmpdir(), "atlas-generated-"));
    service = await Service.start();
    const document = await fetch(`${service.url}/openapi.json`);
    writeFileSync(join(folder, "openapi.json"), await document.text());
    await service.client.createEndpoint({ url: "https://example.com/generated", types: ["deal.created"] });
    return async () => {
      await service.remove();
      rmSync(folder, { recursive: true, force: true });
    };
  });

  it.runIf(areAllWanted && has("python3", "-m", "pip", "--version"))(
    "compile and make a call in Python",
    async (context) => {
      await runs("python3", ["-m", "venv", "venv"], folder);
      await fetches(context, "venv/bin/pip", ["install", "--quiet", PYTHON_GENERATOR], folder);
      const given = ["generate", "--path", "openapi.json", "--output-path", "generated", "--meta", "none"];
      // It exits with 0 where it leaves out what it cannot make, and says so.
      expect(await runs("venv/bin/openapi-python-client", given, folder)).not.toMatch(
        /WARNING parsing|Unable to process/,
      );
      await runs("venv/bin/python", ["-m", "compileall", "-q", "generated"], folder);
      writeFileSync(
        join(folder, "call.py"),
        `import sys
from generated import AuthenticatedClient
from generated.api.endpoints import list_endpoints

client = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2])
print([endpoint.url for endpoint in list_endpoints.sync(client=client).data])
`,
      );
      const said = await runs("venv/bin/python", ["call.py", service.url, service.client.key], folder);
      expect(said).toContain("https://example.com/generated");
    },
  );

  it.runIf(areAllWanted && has("go", "version"))("compile and make a call in Go", async (context) => {
    const project = join(folder, "go");
    mkdirSync(project);
    writeFileSync(join(project, "go.mod"), "module generated\n\ngo 1.24\n");
    const given = ["-generate", "types,client", "-package", "main", "-o", "atlas.go", "../openapi.json"];
    await fetches(context, "go", ["install", GO_GENERATOR], project, { GOBIN: folder });
    await runs(join(folder, "oapi-codegen"), given, project);
    writeFileSync(
      join(project, "main.go"),
      `package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
)

func main() {
	bearer := func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+os.Args[2])
		return nil
	}
	client, err := NewClientWithResponses(os.Args[1], WithRequestEditorFn(bearer))
	if err != nil {
		log.Fatal(err)
	}
	answer, err := client.ListEndpointsWithResponse(context.Background(), &ListEndpointsParams{})
	if err != nil || answer.JSON200 == nil {
		log.Fatal(err, answer)
	}
	fmt.Println(answer.JSON200.Data[0].Url)
}
`,
    );
    await fetches(context, "go", ["mod", "tidy"], project);
    const said = await runs("go", ["run", ".", service.url, service.client.key], project);
    expect(said).toContain("https://example.com/generated");
  });
});
