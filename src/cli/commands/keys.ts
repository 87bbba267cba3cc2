import type { Command } from "commander";
import type { ApiKey, NewApiKey } from "../../sdk/client/index.ts";
import { firstOf } from "../../tasks/first-of.ts";
import { duration, positiveNumber } from "../shell/given.ts";
import { confirmed } from "../shell/input.ts";
import { limitOption } from "../shell/listing.ts";
import type { Column } from "../shell/output.ts";
import { connect, type Shell } from "../shell/shell.ts";

const COLUMNS: readonly Column<ApiKey>[] = [
  { title: "ID", value: ({ id }) => id },
  { title: "ROLE", value: ({ role }) => role },
  { title: "NAME", value: ({ name }) => name },
  { title: "LAST USED", value: ({ last_used_at }) => last_used_at },
  { title: "EXPIRES", value: ({ expires_at }) => expires_at },
];

interface CreateOptions {
  role: string;
  expiresIn?: number;
  rateLimit?: number;
}

/** `keys`: who may call the API. */
export function addKeys(program: Command, shell: Shell): void {
  const keys = program.command("keys").description("list, make and revoke API keys");
  keys
    .command("list")
    .description("list keys")
    .option(...limitOption)
    .action(async ({ limit }: { limit: number }) => {
      const { atlas } = connect(shell);
      shell.output.table(await firstOf(atlas.keys.list(), limit), COLUMNS);
    });
  keys
    .command("create")
    .description("make a key; it is shown once")
    .argument("<name>", "whose it is")
    .requiredOption("--role <role>", "admin, publisher, reader, workbench or portal")
    .option("--expires-in <span>", "when it stops working, as 30d", duration)
    .option("--rate-limit <n>", "requests a second", positiveNumber)
    .addHelpText(
      "after",
      "\nExamples:\n  $ atlas keys create 'billing service' --role publisher --expires-in 90d",
    )
    .action(async (name: string, { role, expiresIn, rateLimit }: CreateOptions) => {
      const { atlas } = connect(shell);
      const key = {
        ...{ name, role },
        expires_at: expiresIn === undefined ? undefined : new Date(Date.now() + expiresIn).toISOString(),
        rate_limit: rateLimit,
      } as NewApiKey;
      shell.output.record(await atlas.keys.create(key));
    });
  keys
    .command("current")
    .description("show the key that is used")
    .action(async () => {
      const { atlas } = connect(shell);
      shell.output.record(await atlas.keys.current());
    });
  keys
    .command("revoke")
    .description("end a key: it stops working within 10 seconds")
    .argument("<id>", "its id, key_…")
    .option("--yes", "do not ask")
    .action(async (id: string, { yes }: { yes?: boolean }) => {
      const { atlas } = connect(shell);
      if (!(await confirmed(shell, `Revoke ${id}?`, yes))) return;
      await atlas.keys.revoke(id);
      if (shell.output.isJson) shell.output.json({ id, revoked: true });
      else shell.output.note(`${id} is revoked.`);
    });
}
