import type { Command } from "commander";
import type { Inbox, InboxRequest } from "../../sdk/client/index.ts";
import { firstOf } from "../../tasks/first-of.ts";
import { statusStyle } from "../read/columns.ts";
import { UsageError } from "../shell/failure.ts";
import { listed } from "../shell/given.ts";
import { confirmed } from "../shell/input.ts";
import { limitOption, pageOf } from "../shell/listing.ts";
import type { Column } from "../shell/output.ts";
import { connect, type Shell } from "../shell/shell.ts";

const COLUMNS: readonly Column<Inbox>[] = [
  { title: "ID", value: ({ id }) => id },
  { title: "NAME", value: ({ name }) => name },
  { title: "ANSWERS", value: ({ answers }) => answers.map(({ status }) => status).join(",") },
  { title: "URL", value: ({ url }) => url },
];

const REQUEST_COLUMNS: readonly Column<InboxRequest>[] = [
  { title: "ARRIVED", value: ({ at }) => at },
  { title: "METHOD", value: ({ method }) => method },
  {
    title: "SIGNATURE",
    value: ({ signature }) => signature.verdict,
    style: ({ signature }) => statusStyle(signature.verdict),
  },
  { title: "BODY", value: ({ body }) => body },
];

/** `inbox`: receivers of the service itself, to try things with. */
export function addInbox(program: Command, shell: Shell): void {
  const inbox = program
    .command("inbox")
    .description("receivers of the service itself: what arrives is kept and judged");
  inbox
    .command("create")
    .description("make an inbox")
    .option("--name <name>", "for people")
    .option("--answers <list>", "the statuses that it answers one after the other, as 500,500,200", listed)
    .option("--dialect <dialect>", "the contract that signs")
    .option("--secret <secret>", "what requests should be signed with")
    .addHelpText("after", "\nExamples:\n  $ atlas inbox create --answers 500,200")
    .action(
      async ({
        answers,
        ...rest
      }: {
        answers?: string[];
        name?: string;
        dialect?: string;
        secret?: string;
      }) => {
        const { atlas } = connect(shell);
        shell.output.record(await atlas.inboxes.create({ ...rest, answers: answers?.map(answerOf) }));
      },
    );
  inbox
    .command("list")
    .description("list inboxes, newest first")
    .option(...limitOption)
    .action(async ({ limit }: { limit: number }) => {
      const { atlas } = connect(shell);
      shell.output.table(await firstOf(atlas.inboxes.list(), limit), COLUMNS);
    });
  inbox
    .command("get")
    .description("show an inbox")
    .argument("<id>", "its id")
    .action(async (id: string) => {
      const { atlas } = connect(shell);
      shell.output.record(await atlas.inboxes.get(id));
    });
  inbox
    .command("requests")
    .description("list what arrived, newest first, with what the signature said")
    .argument("<id>", "its id")
    .option(...limitOption)
    .action(async (id: string, { limit }: { limit: number }) => {
      const { atlas } = connect(shell);
      const rows = await firstOf(atlas.inboxes.requests(id, { limit: pageOf(limit) }), limit);
      shell.output.table(rows, REQUEST_COLUMNS, "Nothing has arrived.");
    });
  inbox
    .command("delete")
    .description("delete an inbox with what arrived")
    .argument("<id>", "its id")
    .option("--yes", "do not ask")
    .action(async (id: string, { yes }: { yes?: boolean }) => {
      const { atlas } = connect(shell);
      if (!(await confirmed(shell, `Delete ${id}?`, yes))) return;
      await atlas.inboxes.delete(id);
      if (shell.output.isJson) shell.output.json({ id, deleted: true });
      else shell.output.note(`${id} is deleted.`);
    });
}

function answerOf(text: string): Inbox["answers"][number] {
  if (/^[2-5]\d\d$/.test(text)) return { status: Number(text), headers: {}, body: "", delay: 0 };
  throw new UsageError(`--answers must be statuses from 200 to 599, as 500,500,200, not "${text}".`);
}
