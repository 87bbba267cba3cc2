CREATE TABLE `event_types` (
	`workspace_id` text NOT NULL,
	`type` text NOT NULL,
	`category` text NOT NULL,
	`description` text NOT NULL,
	`schema` text,
	`sample` text NOT NULL,
	`deprecated` integer NOT NULL,
	`deleted` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`workspace_id`, `type`)
);
--> statement-breakpoint
ALTER TABLE `endpoints` ADD `subscription_key` text;--> statement-breakpoint
CREATE UNIQUE INDEX `endpoints_subscription` ON `endpoints` (`workspace_id`,`subscription_key`) WHERE subscription_key IS NOT NULL AND deleted_at IS NULL;