#!/usr/bin/env node
// Who reads may stop reading, as `head` does.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
}
if (Number(process.versions.node.split(".")[0]) < 20) {
  console.error(`error: atlas needs Node 20 or newer; this is ${process.version}.`);
  process.exit(1);
}
// Only now: an older Node cannot even load it.
void import("./main.ts").then(async ({ main }) => {
  process.exitCode = await main(process.argv.slice(2));
});
