CREATE TABLE `logs` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`next_due_at` integer
);
--> statement-breakpoint
CREATE INDEX `logs_workspace` ON `logs` (`workspace_id`);--> statement-breakpoint
CREATE INDEX `logs_due` ON `logs` (`next_due_at`) WHERE next_due_at IS NOT NULL;--> statement-breakpoint
ALTER TABLE `workspaces` ADD `logs` text;