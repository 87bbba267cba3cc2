import { expect, it } from "vitest";
import { withHost } from "../../src/local/request-head.ts";

const withIt = (head: string) => withHost(Buffer.from(head)).toString();

it("gives a request of HTTP/1.0 the host that workerd asks for", () => {
  expect(withIt("GET /health HTTP/1.0\r\n\r\n")).toBe("GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n");
  expect(withIt("POST /v1/events HTTP/1.0\nContent-Length: 9\n\nHost: own")).toBe(
    "POST /v1/events HTTP/1.0\nHost: localhost\r\nContent-Length: 9\n\nHost: own",
  );
});

it("leaves a request alone that has one, and HTTP/1.1, which must", () => {
  for (const head of [
    "GET / HTTP/1.0\r\nhost: a.example\r\n\r\n",
    "GET / HTTP/1.0\r\nAccept: */*\r\nHOST:a\r\n\r\n",
    "GET / HTTP/1.1\r\nAccept: */*\r\n\r\n",
    "GET / HTTP/1.0",
  ])
    expect(withIt(head)).toBe(head);
});
