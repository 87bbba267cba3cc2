package atlaswebhooks

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
)

type vector struct {
	Name             string            `json:"name"`
	Dialect          string            `json:"dialect"`
	Secrets          []string          `json:"secrets"`
	Headers          map[string]string `json:"headers"`
	URL              string            `json:"url"`
	Body             []byte            `json:"body_base64"`
	Now              int64             `json:"now"`
	ToleranceSeconds *int64            `json:"tolerance_seconds"`
	Expect           string            `json:"expect"`
	Event            map[string]any    `json:"event"`
}

var dialects = map[string]Dialect{
	"atlas": Atlas, "standard": Standard, "cloudevents": CloudEvents, "voice": Voice,
	"brokers": Brokers, "atomic": Atomic, "support": Support,
}

func vectors(t *testing.T) []vector {
	t.Helper()
	text, err := os.ReadFile("../../vectors/webhooks.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Cases []vector `json:"cases"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Cases) < 80 {
		t.Fatalf("there are %d cases only", len(file.Cases))
	}
	return file.Cases
}

func (one vector) header() http.Header {
	header := http.Header{}
	for name, value := range one.Headers {
		header.Set(name, value)
	}
	return header
}

func TestEachVectorHasTheVerdictThatEveryLanguageGives(t *testing.T) {
	for _, one := range vectors(t) {
		t.Run(one.Name, func(t *testing.T) {
			options := []Option{WithTime(time.Unix(one.Now, 0))}
			if one.ToleranceSeconds != nil {
				options = append(options, WithTolerance(time.Duration(*one.ToleranceSeconds)*time.Second))
			}
			var event map[string]json.RawMessage
			received := Received{one.Body, one.header(), one.URL}
			err := dialects[one.Dialect].Verify(received, one.Secrets, &event, options...)
			verdict := "ok"
			var failed *VerificationError
			if errors.As(err, &failed) {
				verdict = string(failed.Code)
			} else if err != nil {
				t.Fatal(err)
			}
			if verdict != one.Expect {
				t.Fatalf("%s instead of %s: %v", verdict, one.Expect, err)
			}
			if one.Event == nil {
				return
			}
			text, _ := json.Marshal(event)
			var read map[string]any
			if err := json.Unmarshal(text, &read); err != nil || !reflect.DeepEqual(read, one.Event) {
				t.Fatalf("%v instead of %v", read, one.Event)
			}
		})
	}
}

func TestARequestsRawBodyIsReadAndItsIntegersKeepTheirDigits(t *testing.T) {
	for _, one := range vectors(t) {
		if one.Name != "atlas: as it is sent" {
			continue
		}
		request := httptest.NewRequest("POST", "/webhooks", strings.NewReader(string(one.Body)))
		request.Header = one.header()
		var event AtlasEvent
		if err := Atlas.VerifyRequest(request, one.Secrets, &event, WithTime(time.Unix(one.Now, 0))); err != nil {
			t.Fatal(err)
		}
		if event.Type != "deal.created" || string(event.Data) != `{"id":"deal_1","value":48000}` {
			t.Fatalf("%+v", event)
		}
		err := Atlas.VerifyRequest(request, one.Secrets, &event, WithTime(time.Unix(one.Now, 0)))
		var failed *VerificationError
		if !errors.As(err, &failed) || failed.Code != BodyParsed {
			t.Fatalf("a body that was read already: %v", err)
		}
		return
	}
	t.Fatal("no such case")
}
