-- One database account per program, each with no more rights than the program needs. `ticketgate
-- grants` prints this file with the name and the passwords that ticketgate.conf has, for an
-- administrator of the database to run:
--
--   ticketgate grants --admin | mariadb    the database, and the command's own account
--   ticketgate migrate                     the tables: the other accounts' rights are on single
--                                          ones
--   ticketgate grants | mariadb            everything; safe to run again, and after each new
--                                          version
--
-- An account here is for programs on the database's own machine. For programs elsewhere replace
-- @localhost by the address they come from, and add REQUIRE SSL. Each program's account stands in
-- its section of ticketgate.conf: [events] db_user = ticketgate_events, db_password = ….

-- The `ticketgate` command: migrations, organizations, users, keys, venues. Everything in the
-- schema, nothing outside it.
CREATE USER IF NOT EXISTS ticketgate_admin@localhost;
ALTER USER ticketgate_admin@localhost IDENTIFIED BY '@PASSWORD_ADMIN@';
GRANT ALL PRIVILEGES ON `@DB@`.* TO ticketgate_admin@localhost;

CREATE USER IF NOT EXISTS ticketgate_keys@localhost;
ALTER USER ticketgate_keys@localhost IDENTIFIED BY '@PASSWORD_KEYS@';
CREATE USER IF NOT EXISTS ticketgate_dashboard@localhost;
ALTER USER ticketgate_dashboard@localhost IDENTIFIED BY '@PASSWORD_DASHBOARD@';
CREATE USER IF NOT EXISTS ticketgate_events@localhost;
ALTER USER ticketgate_events@localhost IDENTIFIED BY '@PASSWORD_EVENTS@';
CREATE USER IF NOT EXISTS ticketgate_orders@localhost;
ALTER USER ticketgate_orders@localhost IDENTIFIED BY '@PASSWORD_ORDERS@';
CREATE USER IF NOT EXISTS ticketgate_tickets@localhost;
ALTER USER ticketgate_tickets@localhost IDENTIFIED BY '@PASSWORD_TICKETS@';
CREATE USER IF NOT EXISTS ticketgate_boxoffice@localhost;
ALTER USER ticketgate_boxoffice@localhost IDENTIFIED BY '@PASSWORD_BOXOFFICE@';
CREATE USER IF NOT EXISTS ticketgate_flush@localhost;
ALTER USER ticketgate_flush@localhost IDENTIFIED BY '@PASSWORD_FLUSH@';
CREATE USER IF NOT EXISTS ticketgate_public@localhost;
ALTER USER ticketgate_public@localhost IDENTIFIED BY '@PASSWORD_PUBLIC@';
CREATE USER IF NOT EXISTS ticketgate_venues@localhost;
ALTER USER ticketgate_venues@localhost IDENTIFIED BY '@PASSWORD_VENUES@';
CREATE USER IF NOT EXISTS ticketgate_webhooks@localhost;
ALTER USER ticketgate_webhooks@localhost IDENTIFIED BY '@PASSWORD_WEBHOOKS@';

-- Whoever is called with a key or by a signed-in user reads who that is, and notes when it was last
-- used. None of these can make, widen or un-revoke a key, sign anybody in, or see a password's
-- hash.
GRANT SELECT ON `@DB@`.organizations
  TO ticketgate_boxoffice@localhost,
    ticketgate_dashboard@localhost,
    ticketgate_events@localhost,
    ticketgate_keys@localhost,
    ticketgate_orders@localhost,
    ticketgate_tickets@localhost,
    ticketgate_venues@localhost,
    ticketgate_webhooks@localhost;
GRANT SELECT, UPDATE (last_used_at) ON `@DB@`.api_keys
  TO ticketgate_boxoffice@localhost,
    ticketgate_dashboard@localhost,
    ticketgate_events@localhost,
    ticketgate_keys@localhost,
    ticketgate_orders@localhost,
    ticketgate_tickets@localhost,
    ticketgate_venues@localhost,
    ticketgate_webhooks@localhost;
GRANT SELECT ON `@DB@`.api_key_allowlist
  TO ticketgate_boxoffice@localhost,
    ticketgate_dashboard@localhost,
    ticketgate_events@localhost,
    ticketgate_keys@localhost,
    ticketgate_orders@localhost,
    ticketgate_tickets@localhost,
    ticketgate_venues@localhost,
    ticketgate_webhooks@localhost;
GRANT SELECT (id, org_id, email, role) ON `@DB@`.users
  TO ticketgate_boxoffice@localhost,
    ticketgate_events@localhost,
    ticketgate_keys@localhost,
    ticketgate_orders@localhost,
    ticketgate_tickets@localhost,
    ticketgate_venues@localhost,
    ticketgate_webhooks@localhost;
GRANT SELECT, UPDATE (last_seen_at) ON `@DB@`.sessions
  TO ticketgate_boxoffice@localhost,
    ticketgate_events@localhost,
    ticketgate_keys@localhost,
    ticketgate_orders@localhost,
    ticketgate_tickets@localhost,
    ticketgate_venues@localhost,
    ticketgate_webhooks@localhost;

-- Whoever changes something writes a row of the audit trail, and reads it when the reply to COMMIT
-- was lost: then all the rest is there, too. Stored answers of an Idempotency-Key are sealed.
GRANT SELECT, INSERT ON `@DB@`.audit
  TO ticketgate_boxoffice@localhost,
    ticketgate_dashboard@localhost,
    ticketgate_events@localhost,
    ticketgate_keys@localhost,
    ticketgate_public@localhost,
    ticketgate_tickets@localhost,
    ticketgate_webhooks@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON `@DB@`.idempotency
  TO ticketgate_boxoffice@localhost,
    ticketgate_dashboard@localhost,
    ticketgate_events@localhost,
    ticketgate_keys@localhost,
    ticketgate_public@localhost,
    ticketgate_tickets@localhost,
    ticketgate_webhooks@localhost;

-- keys.fcgi: API keys, as owners handle them; nothing of an event. It is the only program that
-- writes keys.
GRANT INSERT, UPDATE ON `@DB@`.api_keys TO ticketgate_keys@localhost;
GRANT INSERT, DELETE ON `@DB@`.api_key_allowlist TO ticketgate_keys@localhost;
GRANT SELECT, INSERT, UPDATE ON `@DB@`.counters TO ticketgate_keys@localhost;
GRANT SELECT, INSERT, UPDATE ON `@DB@`.webhook_endpoints TO ticketgate_keys@localhost;
GRANT SELECT, INSERT, UPDATE (expires_at), DELETE ON `@DB@`.webhook_secrets
  TO ticketgate_keys@localhost;
GRANT INSERT ON `@DB@`.webhook_tallies TO ticketgate_keys@localhost;

-- events.fcgi: the organizer's events with their ticket types.
GRANT SELECT ON `@DB@`.venues TO ticketgate_events@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON `@DB@`.events TO ticketgate_events@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON `@DB@`.event_words TO ticketgate_events@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON `@DB@`.ticket_types TO ticketgate_events@localhost;
GRANT SELECT (ticket_id, quantity, expires_at) ON `@DB@`.hold_items TO ticketgate_events@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON `@DB@`.counters TO ticketgate_events@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON `@DB@`.performers TO ticketgate_events@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON `@DB@`.schedules TO ticketgate_events@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON `@DB@`.schedule_performers TO ticketgate_events@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON `@DB@`.brands TO ticketgate_events@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON `@DB@`.event_stock TO ticketgate_events@localhost;
GRANT SELECT, INSERT, UPDATE ON `@DB@`.webhook_endpoints TO ticketgate_events@localhost;
GRANT SELECT (endpoint_id, org_id, expires_at), INSERT, DELETE ON `@DB@`.webhook_secrets
  TO ticketgate_events@localhost;
GRANT INSERT ON `@DB@`.webhook_tallies TO ticketgate_events@localhost;

-- tickets.fcgi: ticket types, with as much of their event as it takes to lock it against other
-- changes.
GRANT SELECT, UPDATE (updated_at) ON `@DB@`.events TO ticketgate_tickets@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON `@DB@`.ticket_types TO ticketgate_tickets@localhost;
GRANT SELECT (ticket_id, quantity, expires_at) ON `@DB@`.hold_items TO ticketgate_tickets@localhost;
GRANT SELECT, UPDATE (sold_out) ON `@DB@`.event_stock TO ticketgate_tickets@localhost;

-- orders.fcgi: orders, to read. No program but the box office can write one.
GRANT SELECT ON `@DB@`.events TO ticketgate_orders@localhost;
GRANT SELECT ON `@DB@`.orders TO ticketgate_orders@localhost;
GRANT SELECT ON `@DB@`.order_items TO ticketgate_orders@localhost;
GRANT SELECT ON `@DB@`.order_tallies TO ticketgate_orders@localhost;

-- venues.fcgi: the directory with its search index, to read.
GRANT SELECT ON `@DB@`.venues TO ticketgate_venues@localhost;
GRANT SELECT ON `@DB@`.venue_entries TO ticketgate_venues@localhost;
GRANT SELECT ON `@DB@`.venue_index TO ticketgate_venues@localhost;

-- boxoffice.fcgi: of ticket types it moves what is sold and held and nothing else, of orders what a
-- refund changes. What it once wrote to the ledger and the outbox it cannot change.
GRANT SELECT ON `@DB@`.events TO ticketgate_boxoffice@localhost;
GRANT SELECT ON `@DB@`.performers TO ticketgate_boxoffice@localhost;
GRANT SELECT ON `@DB@`.schedules TO ticketgate_boxoffice@localhost;
GRANT SELECT ON `@DB@`.brands TO ticketgate_boxoffice@localhost;
GRANT SELECT, UPDATE (sold, held, low_notified, kept) ON `@DB@`.ticket_types
  TO ticketgate_boxoffice@localhost;
GRANT SELECT, UPDATE (taken, sold_out) ON `@DB@`.event_stock TO ticketgate_boxoffice@localhost;
GRANT SELECT, INSERT, UPDATE ON `@DB@`.holds TO ticketgate_boxoffice@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON `@DB@`.hold_items TO ticketgate_boxoffice@localhost;
GRANT SELECT, INSERT, UPDATE (status, refunded_total, refunded_at, version) ON `@DB@`.orders
  TO ticketgate_boxoffice@localhost;
GRANT SELECT, INSERT, UPDATE (refunded_quantity, restocked_quantity) ON `@DB@`.order_items
  TO ticketgate_boxoffice@localhost;
GRANT SELECT, INSERT, UPDATE ON `@DB@`.order_tallies TO ticketgate_boxoffice@localhost;
GRANT INSERT ON `@DB@`.refunds TO ticketgate_boxoffice@localhost;
GRANT INSERT ON `@DB@`.ledger TO ticketgate_boxoffice@localhost;
GRANT INSERT ON `@DB@`.outbox TO ticketgate_boxoffice@localhost;

-- public.fcgi: anybody may call it, so it can read what is published anyway and sell as the box
-- office does, and knows neither keys, nor users, nor sessions. It writes orders and cannot read
-- one: no mistake in it can show who bought what.
GRANT SELECT ON `@DB@`.organizations TO ticketgate_public@localhost;
GRANT SELECT ON `@DB@`.events TO ticketgate_public@localhost;
GRANT SELECT ON `@DB@`.performers TO ticketgate_public@localhost;
GRANT SELECT ON `@DB@`.schedules TO ticketgate_public@localhost;
GRANT SELECT ON `@DB@`.schedule_performers TO ticketgate_public@localhost;
GRANT SELECT ON `@DB@`.brands TO ticketgate_public@localhost;
GRANT SELECT ON `@DB@`.venues TO ticketgate_public@localhost;
GRANT SELECT, UPDATE (sold, held, low_notified, kept) ON `@DB@`.ticket_types
  TO ticketgate_public@localhost;
GRANT SELECT, UPDATE (taken, sold_out) ON `@DB@`.event_stock TO ticketgate_public@localhost;
GRANT SELECT, INSERT, UPDATE (status, order_id, version) ON `@DB@`.holds
  TO ticketgate_public@localhost;
GRANT SELECT, INSERT, DELETE ON `@DB@`.hold_items TO ticketgate_public@localhost;
GRANT INSERT ON `@DB@`.orders TO ticketgate_public@localhost;
GRANT INSERT ON `@DB@`.order_items TO ticketgate_public@localhost;
GRANT INSERT ON `@DB@`.ledger TO ticketgate_public@localhost;
GRANT INSERT ON `@DB@`.outbox TO ticketgate_public@localhost;

-- webhooks.fcgi: endpoints, their secrets (sealed), and deliveries. What is to be told it reads and
-- cannot change.
GRANT SELECT, INSERT, UPDATE ON `@DB@`.counters TO ticketgate_webhooks@localhost;
GRANT SELECT ON `@DB@`.outbox TO ticketgate_webhooks@localhost;
GRANT SELECT, INSERT, UPDATE ON `@DB@`.webhook_endpoints TO ticketgate_webhooks@localhost;
GRANT SELECT, INSERT, UPDATE (expires_at), DELETE ON `@DB@`.webhook_secrets
  TO ticketgate_webhooks@localhost;
GRANT SELECT, INSERT, UPDATE ON `@DB@`.webhook_deliveries TO ticketgate_webhooks@localhost;
GRANT SELECT, INSERT ON `@DB@`.webhook_attempts TO ticketgate_webhooks@localhost;
GRANT SELECT, INSERT, UPDATE ON `@DB@`.webhook_tallies TO ticketgate_webhooks@localhost;

-- webhook-flush: what is to be told and to whom, with the secrets that sign it. It makes deliveries
-- and says what became of them; it can disable an endpoint, and neither make one, nor change where
-- it leads.
GRANT SELECT, UPDATE (pending) ON `@DB@`.outbox TO ticketgate_flush@localhost;
GRANT SELECT (id, revoked_at, expires_at) ON `@DB@`.api_keys TO ticketgate_flush@localhost;
GRANT SELECT, UPDATE (status, disabled_reason, disabled_at, consecutive_failures, not_before,
    last_delivery_at, updated_at, version)
  ON `@DB@`.webhook_endpoints
  TO ticketgate_flush@localhost;
GRANT SELECT ON `@DB@`.webhook_secrets TO ticketgate_flush@localhost;
GRANT SELECT, INSERT, UPDATE ON `@DB@`.webhook_deliveries TO ticketgate_flush@localhost;
GRANT SELECT, INSERT, UPDATE ON `@DB@`.webhook_attempts TO ticketgate_flush@localhost;
GRANT SELECT, INSERT, UPDATE ON `@DB@`.webhook_tallies TO ticketgate_flush@localhost;
GRANT SELECT, INSERT, UPDATE ON `@DB@`.webhook_senders TO ticketgate_flush@localhost;
GRANT INSERT ON `@DB@`.audit TO ticketgate_flush@localhost;

-- dashboard.fcgi: users sign in, and read the audit log and sales. It is the only program that reads
-- or writes password hashes and makes sessions; it creates no user and grants no role.
GRANT SELECT, UPDATE (password_hash, updated_at) ON `@DB@`.users TO ticketgate_dashboard@localhost;
GRANT SELECT, INSERT, UPDATE (last_seen_at), DELETE ON `@DB@`.sessions
  TO ticketgate_dashboard@localhost;
GRANT SELECT ON `@DB@`.events TO ticketgate_dashboard@localhost;
GRANT SELECT ON `@DB@`.ticket_types TO ticketgate_dashboard@localhost;
GRANT SELECT (ticket_id, quantity, expires_at) ON `@DB@`.hold_items
  TO ticketgate_dashboard@localhost;
GRANT SELECT ON `@DB@`.orders TO ticketgate_dashboard@localhost;
GRANT SELECT ON `@DB@`.order_items TO ticketgate_dashboard@localhost;
GRANT SELECT ON `@DB@`.refunds TO ticketgate_dashboard@localhost;
GRANT SELECT ON `@DB@`.sales_quarters TO ticketgate_dashboard@localhost;
GRANT SELECT ON `@DB@`.sales_marks TO ticketgate_dashboard@localhost;
