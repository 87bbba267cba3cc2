ALTER TABLE `api_keys` ADD `scope` text;--> statement-breakpoint
ALTER TABLE `workspaces` ADD `portal` text;