"""The client against a server on a real socket."""

import json
import sys
import threading
import unittest
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from atlas_webhooks import AtlasError, Client  # noqa: E402


class Answering(BaseHTTPRequestHandler):
    def answer(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        asked = (self.command, self.path, dict(self.headers), self.rfile.read(length))
        self.server.asked.append(asked)  # type: ignore[attr-defined]
        status, headers, body = self.server.answers[min(len(self.server.asked), len(self.server.answers)) - 1]  # type: ignore[attr-defined]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode() if body is not None else b"")

    do_GET = do_POST = do_DELETE = do_PATCH = answer

    def log_message(self, format: str, *args: object) -> None:
        pass


class ClientCalls(unittest.TestCase):
    def client(self, *answers: tuple) -> Client:
        self.server = HTTPServer(("127.0.0.1", 0), Answering)
        self.server.asked, self.server.answers = [], answers  # type: ignore[attr-defined]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        return Client("ak_test", f"http://127.0.0.1:{self.server.server_port}/")

    def test_publishes_an_event_and_repeats_it_with_the_same_key(self) -> None:
        client = self.client((503, {"Retry-After": "0"}, {"code": "unavailable"}), (202, {}, {"id": "evt_1"}))
        self.assertEqual(client.publish("deal.created", {"name": "Zoë"}), {"id": "evt_1"})
        first, second = self.server.asked  # type: ignore[attr-defined]
        self.assertEqual(first[2]["Idempotency-Key"], second[2]["Idempotency-Key"])
        self.assertEqual(first[2]["Authorization"], "Bearer ak_test")
        self.assertEqual(json.loads(first[3]), {"type": "deal.created", "data": {"name": "Zoë"}})

    def test_raises_the_problem_with_its_code_and_does_not_repeat_a_refusal(self) -> None:
        client = self.client((422, {"X-Request-Id": "req_1"}, {"code": "invalid", "detail": "url: must be https"}))
        with self.assertRaises(AtlasError) as raised:
            client.create_endpoint("ftp://example.com")
        self.assertEqual((raised.exception.code, raised.exception.status), ("invalid", 422))
        self.assertEqual(raised.exception.request_id, "req_1")
        self.assertEqual(len(self.server.asked), 1)  # type: ignore[attr-defined]

    def test_goes_through_all_pages_of_a_list(self) -> None:
        client = self.client(
            (200, {}, {"data": [{"id": "ep_1"}], "next_cursor": "a b"}),
            (200, {}, {"data": [{"id": "ep_2"}], "next_cursor": None}),
        )
        self.assertEqual([one["id"] for one in client.endpoints(status="enabled")], ["ep_1", "ep_2"])
        self.assertEqual(self.server.asked[1][1], "/v1/endpoints?status=enabled&cursor=a+b")  # type: ignore[attr-defined]

    def test_says_that_nothing_answers(self) -> None:
        with self.assertRaises(AtlasError) as raised:
            Client("ak_test", "http://127.0.0.1:1", retries=0).event("evt_1")
        self.assertEqual((raised.exception.code, raised.exception.status), ("network", 0))


if __name__ == "__main__":
    unittest.main()
