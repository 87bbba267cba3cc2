package atlaswebhooks

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
)

// The dialects of the service.
var (
	Atlas       = Dialect{atlasRule{}}
	Standard    = Dialect{standardRule{}}
	CloudEvents = Dialect{cloudEventsRule{}}
	// Voice is unsigned, its URL is the secret: Received.URL is compared with the one that was subscribed.
	Voice   = Dialect{voiceRule{}}
	Brokers = Dialect{bodySignedRule{header: "X-Webhook-Secret"}}
	Atomic  = Dialect{bodySignedRule{header: "X-Atomic-Signature", form: uuid}}
	Support = Dialect{supportRule{}}
)

const mostSignatures = 20

var (
	seconds      = regexp.MustCompile(`\A[0-9]{1,12}\z`)
	floatSeconds = regexp.MustCompile(`\A[0-9]{1,12}(?:\.[0-9]{1,9})?\z`)
	base64Text   = regexp.MustCompile(`\A[A-Za-z0-9+/]+={0,2}\z`)
	visible      = regexp.MustCompile(`\A[\x21-\x7e]+\z`)
	otherKeys    = regexp.MustCompile(`\A(?:whpk_|whsk_|ak_)`)
	uuid         = regexp.MustCompile(`\A[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\z`)
	origin       = regexp.MustCompile(`\A(?i:https?)://[^/?#]*`)
	guessable    = regexp.MustCompile(`(?s)\A(?:/[^?]|/\?.)`)
)

// hexSigned is what most dialects have in common.
type hexSigned struct{}

func (hexSigned) isSigned(said signed, body, key []byte) bool {
	return anyEquals(said.signatures, hex.EncodeToString(digest(key, said.prefix, body)))
}

func (hexSigned) event(received Received) ([]byte, error) { return object(received.Body) }

func textKey(secret string) ([]byte, error) {
	if otherKeys.MatchString(secret) {
		return nil, wrongKind("the endpoint's own, not a public, private or API key")
	}
	if !visible.MatchString(secret) {
		return nil, wrongKind("visible ASCII characters, without spaces or line ends")
	}
	return []byte(secret), nil
}

type atlasRule struct{ hexSigned }

func (atlasRule) key(secret string) ([]byte, error) { return textKey(secret) }

func (atlasRule) read(received Received) (signed, error) {
	header, err := required(received.Header, "Atlas-Signature")
	if err != nil {
		return signed{}, err
	}
	wrong := malformed("Atlas-Signature", "t=…,v1=…")
	said := signed{}
	for _, part := range strings.Split(header, ",") {
		name, value, found := strings.Cut(part, "=")
		name, value = strings.Trim(name, " \t"), strings.Trim(value, " \t")
		if !found {
			return signed{}, wrong
		}
		if name == "v1" {
			said.signatures = append(said.signatures, value)
		}
		if name == "t" {
			// A second time would leave open which of the two was signed.
			if said.timestamp != "" || !seconds.MatchString(value) {
				return signed{}, wrong
			}
			said.timestamp, said.prefix = value, value+"."
		}
	}
	if said.timestamp == "" || len(said.signatures) == 0 || len(said.signatures) > mostSignatures {
		return signed{}, wrong
	}
	return said, nil
}

type standardRule struct{}

// The first byte of a key tells its scheme.
const (
	symmetric = 1
	publicKey = 2
)

func (standardRule) key(secret string) ([]byte, error) {
	if key := base64After("whsec_", secret); key != nil {
		return append([]byte{symmetric}, key...), nil
	}
	if key := base64After("whpk_", secret); len(key) == ed25519.PublicKeySize {
		return append([]byte{publicKey}, key...), nil
	}
	return nil, wrongKind("whsec_ and base64, or the sender's public key, whpk_")
}

func (standardRule) read(received Received) (signed, error) {
	var values [3]string
	for i, name := range [3]string{"webhook-id", "webhook-timestamp", "webhook-signature"} {
		value, err := required(received.Header, name)
		if err != nil {
			return signed{}, err
		}
		values[i] = value
	}
	id, timestamp := values[0], values[1]
	said := signed{prefix: id + "." + timestamp + ".", timestamp: timestamp}
	for _, part := range strings.Split(values[2], " ") {
		if strings.HasPrefix(part, "v1,") || strings.HasPrefix(part, "v1a,") {
			said.signatures = append(said.signatures, part)
		}
	}
	if !seconds.MatchString(timestamp) {
		return signed{}, malformed("webhook-timestamp", "a time in Unix seconds")
	}
	if len(said.signatures) == 0 || len(said.signatures) > mostSignatures {
		return signed{}, malformed("webhook-signature", "v1,…")
	}
	return said, nil
}

func (standardRule) isSigned(said signed, body, key []byte) bool {
	scheme, key := key[0], key[1:]
	if scheme == symmetric {
		return anyEquals(said.signatures, "v1,"+base64.StdEncoding.EncodeToString(digest(key, said.prefix, body)))
	}
	content := append([]byte(said.prefix), body...)
	for _, signature := range said.signatures {
		made := base64After("v1a,", signature)
		if len(made) == ed25519.SignatureSize && ed25519.Verify(key, content, made) {
			return true
		}
	}
	return false
}

func (standardRule) event(received Received) ([]byte, error) { return object(received.Body) }

type cloudEventsRule struct{ standardRule }

func (cloudEventsRule) event(received Received) ([]byte, error) {
	data, err := object(received.Body)
	if err != nil || optional(received.Header, "ce-specversion") == "" {
		return data, err
	}
	event := map[string]any{"data": json.RawMessage(data)}
	for _, name := range []string{"specversion", "id", "source", "type", "time", "subject"} {
		value := optional(received.Header, "ce-"+name)
		if value == "" && (name == "time" || name == "subject") {
			continue
		}
		if value == "" {
			return nil, failed(HeaderMissing, "The header ce-%s is missing", name)
		}
		if event[name], err = url.PathUnescape(value); err != nil {
			return nil, malformed("ce-"+name, "percent-encoded")
		}
	}
	// Only the id and the body are signed; another event's headers must not be taken for this one's.
	id, err := url.PathUnescape(received.Header.Get("webhook-id"))
	if err != nil || event["id"] != id {
		return nil, malformed("ce-id", "that of webhook-id")
	}
	return json.Marshal(event)
}

// bodySignedRule is of the dialects whose one header is the hex HMAC of the body alone.
type bodySignedRule struct {
	hexSigned
	header string
	form   *regexp.Regexp
}

func (r bodySignedRule) key(secret string) ([]byte, error) {
	if r.form != nil && !r.form.MatchString(secret) {
		return nil, wrongKind("the webhook's UUID")
	}
	return []byte(secret), nil
}

func (r bodySignedRule) read(received Received) (signed, error) {
	signature, err := required(received.Header, r.header)
	return signed{signatures: []string{signature}}, err
}

type supportRule struct{}

func (supportRule) key(secret string) ([]byte, error) { return textKey(secret) }

func (supportRule) read(received Received) (signed, error) {
	signature, err := required(received.Header, "X-Atlas-Webhook-Signature")
	if err != nil {
		return signed{}, err
	}
	timestamp := optional(received.Header, "X-Atlas-Webhook-Signature-Timestamp")
	if timestamp == "" {
		if timestamp, err = required(received.Header, "X-Atlas-Webhook-Timestamp"); err != nil {
			return signed{}, err
		}
	}
	if !floatSeconds.MatchString(timestamp) {
		return signed{}, malformed("X-Atlas-Webhook-Signature-Timestamp", "a time in Unix seconds")
	}
	return signed{timestamp + ".", timestamp, []string{signature}}, nil
}

func (supportRule) isSigned(said signed, body, key []byte) bool {
	made := digest(key, said.prefix, body)
	if len(said.signatures[0]) == hex.EncodedLen(len(made)) {
		return anyEquals(said.signatures, hex.EncodeToString(made))
	}
	return anyEquals(said.signatures, base64.StdEncoding.EncodeToString(made))
}

func (supportRule) event(received Received) ([]byte, error) {
	body, err := object(received.Body)
	if err != nil {
		return nil, err
	}
	var envelope map[string]json.RawMessage
	var text *string
	if json.Unmarshal(body, &envelope) != nil || json.Unmarshal(envelope["data"], &text) != nil || text == nil {
		return nil, failed(NotJSON, "The body's data is no JSON in a string")
	}
	if envelope["data"], err = object([]byte(*text)); err != nil {
		return nil, err
	}
	return json.Marshal(envelope)
}

type voiceRule struct{}

func (voiceRule) key(secret string) ([]byte, error) {
	path := pathOf(secret)
	if path == "" {
		return nil, wrongKind("a URL, or its path, with a part that is hard to guess")
	}
	return []byte(path), nil
}

func (voiceRule) read(received Received) (signed, error) {
	if received.URL == "" {
		return signed{}, failed(HeaderMissing, "The URL that was called is missing")
	}
	return signed{signatures: []string{pathOf(received.URL)}}, nil
}

func (voiceRule) isSigned(said signed, _, key []byte) bool {
	return anyEquals(said.signatures, string(key))
}

func (voiceRule) event(received Received) ([]byte, error) {
	var events []json.RawMessage
	if json.Unmarshal(received.Body, &events) != nil || len(events) != 1 {
		return nil, failed(NotJSON, "The body is no JSON array of one event")
	}
	return object(events[0])
}

// pathOf is path and query, which only the sender knows; empty if there is nothing to guess.
func pathOf(url string) string {
	path, _, _ := strings.Cut(origin.ReplaceAllString(url, ""), "#")
	if !guessable.MatchString(path) {
		return ""
	}
	return path
}

func base64After(prefix, text string) []byte {
	rest, found := strings.CutPrefix(text, prefix)
	if !found || !base64Text.MatchString(rest) {
		return nil
	}
	decoded, err := base64.StdEncoding.DecodeString(rest)
	if err != nil {
		return nil
	}
	return decoded
}
