CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`name` text NOT NULL,
	`role` text NOT NULL,
	`hash` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`last_used_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_hash` ON `api_keys` (`hash`);--> statement-breakpoint
CREATE INDEX `api_keys_workspace` ON `api_keys` (`workspace_id`,`id`);--> statement-breakpoint
CREATE TABLE `endpoints` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`version` integer NOT NULL,
	`synced` integer NOT NULL,
	`url` text NOT NULL,
	`description` text NOT NULL,
	`metadata` text NOT NULL,
	`dialect` text NOT NULL,
	`dialect_options` text NOT NULL,
	`subscription` text NOT NULL,
	`policy` text NOT NULL,
	`status` text NOT NULL,
	`status_reason` text,
	`sealed` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`deleted_at` integer,
	`next_due_at` integer
);
--> statement-breakpoint
CREATE INDEX `endpoints_workspace` ON `endpoints` (`workspace_id`,`id`);--> statement-breakpoint
CREATE INDEX `endpoints_unsynced` ON `endpoints` (`updated_at`) WHERE synced = 0;--> statement-breakpoint
CREATE INDEX `endpoints_due` ON `endpoints` (`next_due_at`) WHERE next_due_at IS NOT NULL;--> statement-breakpoint
CREATE TABLE `workspaces` (
	`id` text PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`api_version` text NOT NULL,
	`validate_events` integer DEFAULT false NOT NULL,
	`created_at` integer NOT NULL,
	`deleted_at` integer,
	`next_due_at` integer
);
--> statement-breakpoint
CREATE INDEX `workspaces_due` ON `workspaces` (`next_due_at`) WHERE next_due_at IS NOT NULL;--> statement-breakpoint
CREATE INDEX `workspaces_deleted` ON `workspaces` (`deleted_at`) WHERE deleted_at IS NOT NULL;