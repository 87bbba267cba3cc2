import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The licences of what is bundled ask for their text beside it. */

/** What a bundler tells of what it made, as far as it is asked here. */
interface Bundle {
  [file: string]: { moduleIds?: readonly string[] };
}

/** What a package says of itself. */
interface Manifest {
  name: string;
  version: string;
  license?: string;
  author?: string | { name?: string };
}

/** Notes the modules of every bundle that is made with its plugin. */
export class BundledModules {
  readonly #ids = new Set<string>();

  readonly plugin = {
    name: "note-bundled-modules",
    generateBundle: (_options: unknown, bundle: Bundle) => {
      for (const { moduleIds = [] } of Object.values(bundle)) this.add(moduleIds);
    },
  };

  add(ids: readonly string[]): void {
    for (const id of ids) this.#ids.add(id);
  }

  /** The folders below `root` of the packages that they are of, as `node_modules/hono`. */
  packages(root: string): string[] {
    const folders = [...this.#ids].flatMap((id) => /.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []);
    const known = new Set(folders.map((folder) => folder.replace(/^.*?(?=node_modules\/)/, "")));
    // Where a package has a source map of its own, that names its sources by places that are not there.
    return [...known].filter((folder) => existsSync(join(root, folder, "package.json"))).toSorted();
  }
}

/** Writes the licence of each package below a folder into one file. Throws where one's text is not known. */
export function writeLicenses(root: string, packages: readonly string[], file: string): void {
  const parts = packages.map((folder) => {
    const manifest = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")) as Manifest;
    const texts = readdirSync(join(root, folder)).filter((name) =>
      /^(licen[cs]e|copying|notice)\b/i.test(name),
    );
    const heading = `${manifest.name} ${manifest.version} (${manifest.license ?? "see below"})`;
    const text = texts.map((name) => readFileSync(join(root, folder, name), "utf8").trim());
    if (text.length === 0) text.push(ownText(root, manifest));
    return [heading, "-".repeat(heading.length), "", ...text].join("\n");
  });
  const head = "Code of these packages is part of this one. Each is under its own licence.";
  writeFileSync(file, `${[head, ...parts].join("\n\n\n")}\n`);
}

/** Of a package that names a licence and has no file of it. */
function ownText(root: string, { name, license, author = name }: Manifest): string {
  if (license === "MIT") return mitText(author);
  // The same for whoever uses it: TypeScript's copy.
  if (license === "Apache-2.0")
    return readFileSync(join(root, "node_modules/typescript/LICENSE"), "utf8").trim();
  throw new Error(`${name} is bundled, and the text of its licence (${license}) is not known`);
}

function mitText(author: string | { name?: string }): string {
  const name = typeof author === "string" ? author : author.name;
  return `Copyright (c) ${name ?? "its authors"}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files
(the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge,
publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do
so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE
FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN
CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;
}

/** The modules of a bundle by its source map. */
export function modulesOfMap(file: string): string[] {
  return (JSON.parse(readFileSync(file, "utf8")) as { sources: string[] }).sources;
}
