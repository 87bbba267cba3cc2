package atlaswebhooks

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	mathrand "math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Error is a request that did not do what was asked. Code is the API's, or "network"; Status is 0 without an answer.
type Error struct {
	Code      string            `json:"code"`
	Title     string            `json:"title"`
	Detail    string            `json:"detail"`
	Errors    []json.RawMessage `json:"errors"`
	Status    int               `json:"-"`
	RequestID string            `json:"-"`

	retryAfter time.Duration
	cause      error
}

func (e *Error) Error() string {
	if e.Detail != "" {
		return e.Code + ": " + e.Detail
	}
	return e.Code + ": " + e.Title
}

func (e *Error) Unwrap() error { return e.cause }

// Client is a thin client of the API, for the calls that people use; Do does the others. What gets no answer, 429 or
// 5xx is repeated; nothing is made twice by that.
type Client struct {
	key, baseURL string
	// HTTP may be replaced; it has a time limit of 30 seconds for one try.
	HTTP *http.Client
	// Retries is how often a request is repeated; 3 unless set.
	Retries int
}

// NewClient makes a client. The base URL is where the service answers.
func NewClient(key, baseURL string) *Client {
	return &Client{key, strings.TrimRight(baseURL, "/"), &http.Client{Timeout: 30 * time.Second}, 3}
}

// NewEvent is an event to publish. ID, Created, Tags and Context may be left out.
type NewEvent struct {
	ID      string            `json:"id,omitempty"`
	Type    string            `json:"type"`
	Data    any               `json:"data"`
	Created int64             `json:"created,omitempty"`
	Tags    []string          `json:"tags,omitempty"`
	Context map[string]string `json:"context,omitempty"`
}

// Accepted is what is answered once an event is stored durably.
type Accepted struct {
	ID        string `json:"id"`
	Type      string `json:"type"`
	Created   int64  `json:"created"`
	Endpoints int    `json:"endpoints"`
}

// Publish returns once the event is stored durably.
func (c *Client) Publish(ctx context.Context, event NewEvent) (Accepted, error) {
	var accepted Accepted
	err := c.Do(ctx, "POST", "/v1/events", nil, event, &accepted)
	return accepted, err
}

// PublishBatch takes up to 1,000 events, all or none.
func (c *Client) PublishBatch(ctx context.Context, events []NewEvent) ([]Accepted, error) {
	var answer struct {
		Events []Accepted `json:"events"`
	}
	err := c.Do(ctx, "POST", "/v1/events/batch", nil, map[string]any{"events": events}, &answer)
	return answer.Events, err
}

// Event reads a published event into answer.
func (c *Client) Event(ctx context.Context, id string, answer any) error {
	return c.Do(ctx, "GET", "/v1/events/"+url.PathEscape(id), nil, nil, answer)
}

// CreateEndpoint makes an endpoint of these fields, as a map or a struct; the answer carries its secret.
func (c *Client) CreateEndpoint(ctx context.Context, fields, answer any) error {
	return c.Do(ctx, "POST", "/v1/endpoints", nil, fields, answer)
}

// UpdateEndpoint changes these fields of an endpoint.
func (c *Client) UpdateEndpoint(ctx context.Context, id string, fields, answer any) error {
	return c.Do(ctx, "PATCH", "/v1/endpoints/"+url.PathEscape(id), nil, fields, answer)
}

// DeleteEndpoint removes an endpoint.
func (c *Client) DeleteEndpoint(ctx context.Context, id string) error {
	return c.Do(ctx, "DELETE", "/v1/endpoints/"+url.PathEscape(id), nil, nil, nil)
}

// Replay sends an event again, to all endpoints that match now.
func (c *Client) Replay(ctx context.Context, eventID string) error {
	return c.Do(ctx, "POST", "/v1/events/"+url.PathEscape(eventID)+"/replay", nil, struct{}{}, nil)
}

// List goes through all of a list, such as "/v1/endpoints", page by page.
func (c *Client) List(ctx context.Context, path string, query url.Values) iter.Seq2[json.RawMessage, error] {
	return func(yield func(json.RawMessage, error) bool) {
		asked := url.Values{}
		for name, values := range query {
			asked[name] = values
		}
		for {
			var page struct {
				Data       []json.RawMessage `json:"data"`
				NextCursor *string           `json:"next_cursor"`
			}
			if err := c.Do(ctx, "GET", path, asked, nil, &page); err != nil {
				yield(nil, err)
				return
			}
			for _, one := range page.Data {
				if !yield(one, nil) {
					return
				}
			}
			if page.NextCursor == nil {
				return
			}
			asked.Set("cursor", *page.NextCursor)
		}
	}
}

// Do sends any request of the API and reads its answer into answer, if that is not nil. It returns an *Error.
func (c *Client) Do(ctx context.Context, method, path string, query url.Values, body, answer any) error {
	var content []byte
	if body != nil {
		var err error
		if content, err = json.Marshal(body); err != nil {
			return err
		}
	}
	address := c.baseURL + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	idempotencyKey := newKey()
	for tried := 0; ; tried++ {
		request, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(content))
		if err != nil {
			return err
		}
		request.Header.Set("Authorization", "Bearer "+c.key)
		if content != nil {
			request.Header.Set("Content-Type", "application/json")
		}
		if method == http.MethodPost {
			request.Header.Set("Idempotency-Key", idempotencyKey)
		}
		err = c.try(request, answer)
		var problem *Error
		if err == nil || !errors.As(err, &problem) || !problem.mayHelp() || tried >= c.Retries {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(problem.wait(tried)):
		}
	}
}

func (c *Client) try(request *http.Request, answer any) error {
	response, err := c.HTTP.Do(request)
	if err != nil {
		return &Error{Code: "network", Title: fmt.Sprintf("%s cannot be reached: %v", request.URL, err), cause: err}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return &Error{Code: "network", Title: "The answer was cut: " + err.Error(), cause: err}
	}
	if response.StatusCode >= 300 {
		return problemOf(response, text)
	}
	if answer == nil || len(text) == 0 {
		return nil
	}
	return json.Unmarshal(text, answer)
}

func problemOf(response *http.Response, text []byte) *Error {
	problem := &Error{}
	if json.Unmarshal(text, problem) != nil || problem.Code == "" {
		// Not one of the service's: a proxy's own page.
		problem = &Error{Code: "internal", Title: fmt.Sprintf("The service answered %d.", response.StatusCode)}
	}
	problem.Status = response.StatusCode
	problem.RequestID = response.Header.Get("X-Request-Id")
	problem.retryAfter = -1
	if seconds, err := strconv.Atoi(response.Header.Get("Retry-After")); err == nil {
		problem.retryAfter = time.Duration(seconds) * time.Second
	}
	return problem
}

// Whether the same request may succeed a moment later.
func (e *Error) mayHelp() bool {
	if errors.Is(e.cause, context.Canceled) {
		return false
	}
	return e.Status == 0 || e.Status == http.StatusTooManyRequests || e.Status >= 500 || e.Code == "in_progress"
}

func (e *Error) wait(tried int) time.Duration {
	if e.Status != 0 && e.retryAfter >= 0 {
		return e.retryAfter
	}
	longest := min(30*time.Second, 250*time.Millisecond<<tried)
	return longest/2 + mathrand.N(longest/2)
}

func newKey() string {
	random := make([]byte, 16)
	if _, err := rand.Read(random); err != nil {
		panic(err)
	}
	return hex.EncodeToString(random)
}
