import { createServer } from "node:http";

const port = process.env.PORT ?? 4000;

createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    console.log(request.headers["webhook-id"], Buffer.concat(chunks).toString());
    response.writeHead(204).end();
  });
}).listen(port, () => console.log(`Waiting for events on http://127.0.0.1:${port}`));
