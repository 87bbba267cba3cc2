"""Runs vectors/webhooks.json, which every language of the project shares."""

import base64
import json
import sys
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "src"))

import atlas_webhooks  # noqa: E402
from atlas_webhooks import WebhookVerificationError  # noqa: E402

VECTORS = json.loads((HERE.parents[2] / "vectors/webhooks.json").read_text("utf-8"))["cases"]


class Vectors(unittest.TestCase):
    def test_there_are_some(self) -> None:
        self.assertGreaterEqual(len(VECTORS), 80)

    def test_each_case_has_the_verdict_that_every_language_gives(self) -> None:
        for case in VECTORS:
            with self.subTest(case["name"]):
                dialect = getattr(atlas_webhooks, case["dialect"])
                source = case["url"] if case["dialect"] == "voice" else case["headers"]
                verdict, event = "ok", None
                try:
                    event = dialect.verify(
                        base64.b64decode(case["body_base64"]),
                        source,
                        case["secrets"],
                        tolerance_seconds=case.get("tolerance_seconds", 300),
                        now=case["now"],
                    )
                except WebhookVerificationError as error:
                    verdict = error.code
                self.assertEqual(verdict, case["expect"])
                if "event" in case:
                    self.assertEqual(event, case["event"])


class Bodies(unittest.TestCase):
    def test_a_parsed_body_is_refused_with_a_hint(self) -> None:
        for parsed in ({"id": "evt_1"}, [1], None, 7):
            with self.assertRaises(WebhookVerificationError) as raised:
                atlas_webhooks.atlas.verify(parsed, "t=1,v1=a", "whsec_1")  # type: ignore[arg-type]
            self.assertEqual(raised.exception.code, "body_parsed")
            self.assertIn("raw body", raised.exception.hint)

    def test_secrets_that_an_unset_variable_leaves_are_refused(self) -> None:
        for unset in (None, "", [], [None], b""):
            with self.assertRaises(WebhookVerificationError) as raised:
                atlas_webhooks.atlas.verify("{}", "t=1,v1=a", unset)  # type: ignore[arg-type]
            self.assertEqual(raised.exception.code, "secret_empty")

    def test_text_and_bytes_are_the_same(self) -> None:
        case = next(one for one in VECTORS if one["name"] == "atlas: as it is sent")
        body = base64.b64decode(case["body_base64"])
        for raw in (body, bytearray(body), memoryview(body), body.decode()):
            event = atlas_webhooks.atlas.verify(raw, case["headers"], case["secrets"], now=case["now"])
            self.assertEqual(event, case["event"])


if __name__ == "__main__":
    unittest.main()
