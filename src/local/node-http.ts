/**
 * What this process needs of `node:http`. It is not imported: to link an import, Node looks at all that the module
 * exports, `WebSocket` among it, and so loads what it has for `fetch`. That takes 13 MB for as long as the process lives.
 */
export const { createServer, get, request } = process.getBuiltinModule("node:http");
