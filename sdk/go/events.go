package atlaswebhooks

import "encoding/json"

// AtlasEvent is an event as the dialect Atlas delivers it. Deduplicate by ID. Data is the JSON that was signed.
type AtlasEvent struct {
	ID         string          `json:"id"`
	Type       string          `json:"type"`
	Created    int64           `json:"created"`
	APIVersion string          `json:"api_version"`
	Sequence   int64           `json:"sequence"`
	Data       json.RawMessage `json:"data"`
}

// StandardEvent is an event as the dialect Standard delivers it. Its id is the header webhook-id.
type StandardEvent struct {
	Type      string          `json:"type"`
	Timestamp string          `json:"timestamp"`
	Data      json.RawMessage `json:"data"`
}

// CloudEvent is a CloudEvent 1.0, from either mode of its HTTP binding.
type CloudEvent struct {
	SpecVersion string          `json:"specversion"`
	ID          string          `json:"id"`
	Source      string          `json:"source"`
	Type        string          `json:"type"`
	Time        string          `json:"time"`
	Subject     string          `json:"subject"`
	Data        json.RawMessage `json:"data"`
}

// BrokersEvent is an event as the dialect Brokers delivers it. Deduplicate by Timestamp.
type BrokersEvent struct {
	Event       string          `json:"event"`
	Timestamp   string          `json:"timestamp"`
	WorkspaceID string          `json:"workspaceId"`
	Data        json.RawMessage `json:"data"`
}

// AtomicEvent is an event as the dialect Atomic delivers it. Deduplicate by the id within Data.
type AtomicEvent struct {
	RequestID     string          `json:"requestId"`
	EnvironmentID string          `json:"environmentId"`
	WebhookID     string          `json:"webhookId"`
	IsBatched     bool            `json:"isBatched"`
	Data          json.RawMessage `json:"data"`
}

// SupportEvent is an event as the dialect Support delivers it; Data is what its string holds.
type SupportEvent struct {
	Event string          `json:"event"`
	Data  json.RawMessage `json:"data"`
}
