CREATE INDEX `api_keys_sessions` ON `api_keys` (`workspace_id`,`expires_at`) WHERE role = 'portal';--> statement-breakpoint
CREATE INDEX `api_keys_own` ON `api_keys` (`workspace_id`) WHERE role <> 'portal';--> statement-breakpoint
CREATE INDEX `endpoints_living` ON `endpoints` (`workspace_id`,`dialect`,`deleted_at`) WHERE deleted_at IS NULL;