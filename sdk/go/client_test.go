package atlaswebhooks

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

type asked struct {
	method, path, body string
	header             http.Header
}

type told struct {
	status int
	header map[string]string
	body   string
}

// A client, and the server that it asks, on a real socket.
func clientOf(t *testing.T, answers ...told) (*Client, *[]asked) {
	t.Helper()
	var got []asked
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		answer := answers[min(len(got), len(answers)-1)]
		got = append(got, asked{r.Method, r.RequestURI, string(body), r.Header})
		for name, value := range answer.header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(answer.status)
		_, _ = io.WriteString(w, answer.body)
	}))
	t.Cleanup(server.Close)
	return NewClient("ak_test", server.URL+"/"), &got
}

func TestPublishesAnEventAndRepeatsItWithTheSameKey(t *testing.T) {
	client, got := clientOf(t,
		told{503, map[string]string{"Retry-After": "0"}, `{"code":"unavailable"}`},
		told{202, nil, `{"id":"evt_1","type":"deal.created","endpoints":2}`},
	)
	accepted, err := client.Publish(context.Background(), NewEvent{Type: "deal.created", Data: map[string]any{"value": 1}})
	if err != nil || accepted.ID != "evt_1" || accepted.Endpoints != 2 {
		t.Fatal(accepted, err)
	}
	first, second := (*got)[0], (*got)[1]
	if first.header.Get("Idempotency-Key") == "" || first.header.Get("Idempotency-Key") != second.header.Get("Idempotency-Key") {
		t.Fatal("the key changed")
	}
	if first.header.Get("Authorization") != "Bearer ak_test" || first.body != `{"type":"deal.created","data":{"value":1}}` {
		t.Fatal(first)
	}
}

func TestReturnsTheProblemWithItsCodeAndDoesNotRepeatARefusal(t *testing.T) {
	client, got := clientOf(t, told{422, map[string]string{"X-Request-Id": "req_1"}, `{"code":"invalid","detail":"url: must be https"}`})
	err := client.CreateEndpoint(context.Background(), map[string]any{"url": "ftp://example.com"}, nil)
	var problem *Error
	if !errors.As(err, &problem) || problem.Code != "invalid" || problem.Status != 422 || problem.RequestID != "req_1" {
		t.Fatal(err)
	}
	if len(*got) != 1 {
		t.Fatal("it was repeated")
	}
}

func TestGoesThroughAllPagesOfAList(t *testing.T) {
	client, got := clientOf(t,
		told{200, nil, `{"data":[{"id":"ep_1"}],"next_cursor":"a b"}`},
		told{200, nil, `{"data":[{"id":"ep_2"}],"next_cursor":null}`},
	)
	var ids []string
	for one, err := range client.List(context.Background(), "/v1/endpoints", nil) {
		if err != nil {
			t.Fatal(err)
		}
		var endpoint struct{ ID string }
		if err := json.Unmarshal(one, &endpoint); err != nil {
			t.Fatal(err)
		}
		ids = append(ids, endpoint.ID)
	}
	if len(ids) != 2 || ids[1] != "ep_2" || (*got)[1].path != "/v1/endpoints?cursor=a+b" {
		t.Fatal(ids, *got)
	}
}

func TestSaysThatNothingAnswers(t *testing.T) {
	client := NewClient("ak_test", "http://127.0.0.1:1")
	client.Retries = 0
	var problem *Error
	if err := client.Event(context.Background(), "evt_1", nil); !errors.As(err, &problem) || problem.Code != "network" {
		t.Fatal(err)
	}
}
