SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '10min';

ALTER TABLE fediflow.notifications VALIDATE CONSTRAINT notifications_kind_check;
ALTER TABLE fediflow.notification_preferences VALIDATE CONSTRAINT notification_preferences_kind_check;
