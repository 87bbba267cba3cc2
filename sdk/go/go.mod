module github.com/YOUR_ACCOUNT/atlas-webhooks/sdk/go

go 1.23
