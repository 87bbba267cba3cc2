ALTER TABLE `endpoints` ADD `counts` text;--> statement-breakpoint
CREATE INDEX `endpoints_pages` ON `endpoints` (workspace_id || ' ' || id) WHERE deleted_at IS NULL;--> statement-breakpoint
ALTER TABLE `workspaces` ADD `deleted_counts` text;