// Package atlaswebhooks verifies webhooks of every dialect of Atlas Webhooks, and is a thin client of its API.
package atlaswebhooks

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Code says why a delivery must not be trusted; closed, and the same in every language of this project.
type Code string

const (
	HeaderMissing   Code = "header_missing"
	HeaderMalformed Code = "header_malformed"
	NoMatch         Code = "no_match"
	TooOld          Code = "too_old"
	TooNew          Code = "too_new"
	BodyParsed      Code = "body_parsed"
	WrongSecretKind Code = "wrong_secret_kind"
	SecretEmpty     Code = "secret_empty"
	NotJSON         Code = "not_json"
)

var hints = map[Code]string{
	HeaderMissing:   "Hand over the request's own headers; proxies may drop some.",
	HeaderMalformed: "Hand over the header as it came, and look whether the endpoint has this dialect.",
	NoMatch:         "Mostly a body that was parsed and written again, or the secret of another endpoint.",
	TooOld:          "Compare the clocks; a delivery that was kept for later needs WithTolerance.",
	TooNew:          "The clock of this machine is behind.",
	BodyParsed:      "Read the raw body before anything else does: its exact bytes are signed.",
	WrongSecretKind: "Copy the whole secret of this endpoint, with its prefix and without spaces.",
	SecretEmpty:     "Is the environment variable set?",
	NotJSON:         "It is signed, but is no JSON object: look whether the endpoint has this dialect.",
}

// VerificationError is a delivery that must not be trusted. Answer it with 400.
type VerificationError struct {
	Code    Code
	Message string
}

// Hint is what to look at first.
func (e *VerificationError) Hint() string { return hints[e.Code] }

func (e *VerificationError) Error() string { return e.Message + ". " + e.Hint() }

func failed(code Code, format string, given ...any) error {
	return &VerificationError{code, fmt.Sprintf(format, given...)}
}

func malformed(name, form string) error {
	return failed(HeaderMalformed, "The header %s is not %s", name, form)
}

func wrongKind(form string) error {
	return failed(WrongSecretKind, "The secret must be %s", form)
}

// Received is what a receiver has of a request. URL is as it was called, with or without its origin; Voice alone
// looks at it.
type Received struct {
	Body   []byte
	Header http.Header
	URL    string
}

type settings struct {
	tolerance time.Duration
	now       time.Time
}

// Option changes how a delivery is verified.
type Option func(*settings)

// WithTolerance sets how far the attempt's time may lie from now, either way; 5 minutes unless given.
func WithTolerance(tolerance time.Duration) Option {
	return func(s *settings) { s.tolerance = tolerance }
}

// WithTime sets the time to compare with; the clock's unless given.
func WithTime(now time.Time) Option {
	return func(s *settings) { s.now = now }
}

// signed is what a request says of its signatures; prefix is signed in front of the body.
type signed struct {
	prefix     string
	timestamp  string
	signatures []string
}

// rule is how one dialect's deliveries are verified.
type rule interface {
	key(secret string) ([]byte, error)
	read(received Received) (signed, error)
	isSigned(signed signed, body []byte, key []byte) bool
	// The event's JSON: mostly the body.
	event(received Received) ([]byte, error)
}

// Dialect verifies the deliveries of one wire contract.
type Dialect struct{ rule rule }

// Verify reads the event of a delivery into event, a pointer to a struct such as *AtlasEvent or to a map. It returns a
// *VerificationError if none of the secrets signed this body, or not within the tolerance. Several secrets are for the
// time of a rotation.
func (d Dialect) Verify(received Received, secrets []string, event any, options ...Option) error {
	set := settings{tolerance: 5 * time.Minute, now: time.Now()}
	for _, option := range options {
		option(&set)
	}
	keys, err := d.keys(secrets)
	if err != nil {
		return err
	}
	said, err := d.rule.read(received)
	if err != nil {
		return err
	}
	isSigned := false
	for _, key := range keys {
		isSigned = d.rule.isSigned(said, received.Body, key) || isSigned
	}
	if !isSigned {
		return failed(NoMatch, "No signature belongs to this body and secret")
	}
	if err := requireRecent(said.timestamp, set); err != nil {
		return err
	}
	document, err := d.rule.event(received)
	if err != nil {
		return err
	}
	return json.Unmarshal(document, event)
}

// The service's limit for an event is 1 MiB.
const mostBytes = 2 << 20

// VerifyRequest is Verify with a request whose raw body it reads itself, up to 2 MiB.
func (d Dialect) VerifyRequest(request *http.Request, secrets []string, event any, options ...Option) error {
	body, err := io.ReadAll(io.LimitReader(request.Body, mostBytes+1))
	if err != nil {
		return err
	}
	if len(body) > mostBytes {
		return fmt.Errorf("the body has more than %d bytes", mostBytes)
	}
	if len(body) == 0 && request.ContentLength > 0 {
		return failed(BodyParsed, "The request's body was read already")
	}
	url := request.RequestURI
	if url == "" {
		url = request.URL.RequestURI()
	}
	return d.Verify(Received{body, request.Header, url}, secrets, event, options...)
}

func (d Dialect) keys(secrets []string) ([][]byte, error) {
	if len(secrets) == 0 {
		return nil, failed(SecretEmpty, "No secret was given")
	}
	for _, secret := range secrets {
		if strings.TrimSpace(secret) == "" {
			return nil, failed(SecretEmpty, "The secret is empty")
		}
	}
	keys := make([][]byte, len(secrets))
	for i, secret := range secrets {
		key, err := d.rule.key(secret)
		if err != nil {
			return nil, err
		}
		keys[i] = key
	}
	return keys, nil
}

func requireRecent(timestamp string, set settings) error {
	if timestamp == "" {
		return nil
	}
	whole, _, _ := strings.Cut(timestamp, ".")
	seconds, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return malformed("of the time", "in Unix seconds")
	}
	age := float64(set.now.Unix() - seconds)
	tolerance := math.Floor(set.tolerance.Seconds())
	if age > tolerance {
		return failed(TooOld, "It was signed more than %.0f seconds ago", tolerance)
	}
	if age < -tolerance {
		return failed(TooNew, "It was signed %.0f seconds from now", -age)
	}
	return nil
}

func digest(key []byte, prefix string, body []byte) []byte {
	made := hmac.New(sha256.New, key)
	made.Write([]byte(prefix))
	made.Write(body)
	return made.Sum(nil)
}

// Whether one of them is the expected one, in a time that does not tell where they differ.
func anyEquals(signatures []string, expected string) bool {
	found := false
	for _, signature := range signatures {
		found = hmac.Equal([]byte(signature), []byte(expected)) || found
	}
	return found
}

// required is the value of a header; several of the same name are one list.
func required(header http.Header, name string) (string, error) {
	value := optional(header, name)
	if value == "" {
		return "", failed(HeaderMissing, "The header %s is missing", name)
	}
	return value, nil
}

func optional(header http.Header, name string) string {
	return strings.Join(header.Values(name), ", ")
}

// object is the body if it is a JSON object in UTF-8, which encoding/json alone does not ask for.
func object(body []byte) ([]byte, error) {
	if !utf8.Valid(body) || !json.Valid(body) {
		return nil, failed(NotJSON, "The body is no JSON")
	}
	if !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return nil, failed(NotJSON, "The body is no JSON object")
	}
	return body, nil
}
