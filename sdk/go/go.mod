module github.com/YOUR-ACCOUNT/atlas-webhooks/sdk/go

go 1.23
