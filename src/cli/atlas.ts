#!/usr/bin/env node
import { main } from "./main.ts";

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
process.exitCode = await main(process.argv.slice(2));
