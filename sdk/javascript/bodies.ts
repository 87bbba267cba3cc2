import { dirname, join } from "node:path";
import { isTypeAliasDeclaration } from "typescript/unstable/ast/is";
import { API, NodeBuilderFlags } from "typescript/unstable/sync";

const ROOT = join(import.meta.dirname, "../..");
const BODIES = join(ROOT, "src/sdk/client/bodies.ts");

const WRITTEN_OUT =
  NodeBuilderFlags.NoTruncation | NodeBuilderFlags.InTypeAlias | NodeBuilderFlags.NoTypeReduction;

/**
 * The declarations of the client's bodies with every type written out: in the source they follow from the API's schemas,
 * whose library the package must not need.
 */
export function writtenOutBodies(): string {
  const api = new API({ cwd: dirname(BODIES) });
  try {
    const snapshot = api.updateSnapshot({ openProject: join(ROOT, "tsconfig.json") });
    const project = snapshot.getProjects()[0];
    const source = project?.program.getSourceFile(BODIES);
    if (project === undefined || source === undefined) throw new Error(`${BODIES} is in no project`);
    const lines = ["/* What the API takes and answers. */"];
    for (const statement of source.statements) {
      if (!isTypeAliasDeclaration(statement) || statement.typeParameters !== undefined) continue;
      const type = project.checker.getTypeAtLocation(statement.name);
      if (type === undefined) throw new Error(`${statement.name.text} has no type`);
      lines.push(
        `export type ${statement.name.text} = ${project.checker.typeToString(type, undefined, WRITTEN_OUT)};`,
      );
    }
    return `${lines.join("\n")}\n`;
  } finally {
    api.close();
  }
}
