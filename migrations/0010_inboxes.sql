CREATE TABLE `inboxes` (
	`id` text PRIMARY KEY NOT NULL,
	`workspace_id` text NOT NULL,
	`scope` text,
	`name` text NOT NULL,
	`token` text NOT NULL,
	`answers` text NOT NULL,
	`script` integer NOT NULL,
	`dialect` text,
	`sealed` text,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `inboxes_workspace` ON `inboxes` (`workspace_id`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `inboxes_token` ON `inboxes` (`token`);--> statement-breakpoint
CREATE INDEX `endpoints_to_inboxes` ON `endpoints` (`workspace_id`) WHERE instr(url, '/in/') > 0 AND deleted_at IS NULL;