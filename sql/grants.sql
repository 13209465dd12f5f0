-- One database account per program, each with the minimal privileges that the program needs.
-- `ticketgate grants` prints this file with the database name and the passwords from
-- ticketgate.conf, to be run by a database administrator:
--
--   ticketgate grants --admin | mariadb    creates the database and the command's own account
--   ticketgate migrate                     creates the tables, which the other accounts' grants
--                                          name
--   ticketgate grants | mariadb            grants everything; safe to run again, and needed after
--                                          each upgrade
--
-- These accounts are for programs on the database's machine. For programs elsewhere:
-- `ticketgate grants --host 10.0.0.7 --ssl`, with the address they connect from. Each program's
-- account is set in its section of ticketgate.conf: [events] db_user = ticketgate_events,
-- db_password = ….

-- The `ticketgate` command: migrations, organizations, users, keys, venues. All privileges on the
-- schema, none outside of it.
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
CREATE USER IF NOT EXISTS ticketgate_mail@localhost;
ALTER USER ticketgate_mail@localhost IDENTIFIED BY '@PASSWORD_MAIL@';
CREATE USER IF NOT EXISTS ticketgate_public@localhost;
ALTER USER ticketgate_public@localhost IDENTIFIED BY '@PASSWORD_PUBLIC@';
CREATE USER IF NOT EXISTS ticketgate_venues@localhost;
ALTER USER ticketgate_venues@localhost IDENTIFIED BY '@PASSWORD_VENUES@';
CREATE USER IF NOT EXISTS ticketgate_webhooks@localhost;
ALTER USER ticketgate_webhooks@localhost IDENTIFIED BY '@PASSWORD_WEBHOOKS@';

-- Programs that authenticate keys or sessions read them and update when they were last used. These
-- privileges do not allow creating, extending or restoring a key, creating a session, or reading a
-- password hash.
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

-- Programs that change data write audit rows, and read them when the reply to COMMIT was lost: the
-- row's existence proves that the transaction was committed. Responses stored for an
-- Idempotency-Key are encrypted.
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

-- Programs that change data lock the newest epoch of an organization, and on a cluster enter it;
-- lists begin and end epochs.
GRANT SELECT, INSERT, DELETE ON `@DB@`.write_epochs
  TO ticketgate_boxoffice@localhost,
    ticketgate_dashboard@localhost,
    ticketgate_events@localhost,
    ticketgate_flush@localhost,
    ticketgate_keys@localhost,
    ticketgate_orders@localhost,
    ticketgate_public@localhost,
    ticketgate_tickets@localhost,
    ticketgate_webhooks@localhost;
GRANT SELECT, INSERT, DELETE ON `@DB@`.epoch_entries
  TO ticketgate_boxoffice@localhost,
    ticketgate_dashboard@localhost,
    ticketgate_events@localhost,
    ticketgate_flush@localhost,
    ticketgate_keys@localhost,
    ticketgate_orders@localhost,
    ticketgate_public@localhost,
    ticketgate_tickets@localhost,
    ticketgate_webhooks@localhost;

-- keys.fcgi: manages API keys; has no access to events. No other program can write keys.
GRANT INSERT, UPDATE ON `@DB@`.api_keys TO ticketgate_keys@localhost;
GRANT INSERT, DELETE ON `@DB@`.api_key_allowlist TO ticketgate_keys@localhost;
GRANT SELECT, INSERT, UPDATE ON `@DB@`.counters TO ticketgate_keys@localhost;
GRANT SELECT, INSERT, UPDATE ON `@DB@`.webhook_endpoints TO ticketgate_keys@localhost;
GRANT SELECT, INSERT, UPDATE (expires_at), DELETE ON `@DB@`.webhook_secrets
  TO ticketgate_keys@localhost;
GRANT INSERT ON `@DB@`.webhook_tallies TO ticketgate_keys@localhost;

-- events.fcgi: manages events with their ticket types, performers, schedules and brands.
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
GRANT INSERT ON `@DB@`.outbox TO ticketgate_events@localhost;
GRANT SELECT, INSERT, UPDATE ON `@DB@`.webhook_endpoints TO ticketgate_events@localhost;
GRANT SELECT (endpoint_id, org_id, expires_at), INSERT, DELETE ON `@DB@`.webhook_secrets
  TO ticketgate_events@localhost;
GRANT INSERT ON `@DB@`.webhook_tallies TO ticketgate_events@localhost;

-- tickets.fcgi: manages ticket types; of events it can change the turn only, to lock the row.
GRANT SELECT, UPDATE (updated_at, turn) ON `@DB@`.events TO ticketgate_tickets@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON `@DB@`.ticket_types TO ticketgate_tickets@localhost;
GRANT SELECT (ticket_id, quantity, expires_at) ON `@DB@`.hold_items TO ticketgate_tickets@localhost;
GRANT SELECT, UPDATE (sold_out, turn, low_floor) ON `@DB@`.event_stock
  TO ticketgate_tickets@localhost;
GRANT INSERT ON `@DB@`.outbox TO ticketgate_tickets@localhost;

-- orders.fcgi: reads orders. Only the box office and the public pages can write them.
GRANT SELECT ON `@DB@`.events TO ticketgate_orders@localhost;
GRANT SELECT ON `@DB@`.orders TO ticketgate_orders@localhost;
GRANT SELECT ON `@DB@`.order_items TO ticketgate_orders@localhost;
GRANT SELECT ON `@DB@`.refunds TO ticketgate_orders@localhost;
GRANT SELECT ON `@DB@`.order_tallies TO ticketgate_orders@localhost;
GRANT SELECT ON `@DB@`.order_words TO ticketgate_orders@localhost;
GRANT SELECT ON `@DB@`.issued_tickets TO ticketgate_orders@localhost;
GRANT SELECT ON `@DB@`.sales_quarters TO ticketgate_orders@localhost;
GRANT SELECT ON `@DB@`.sales_marks TO ticketgate_orders@localhost;
GRANT SELECT ON `@DB@`.order_word_marks TO ticketgate_orders@localhost;
GRANT SELECT (id, org_id, kind, order_id, recipient, status, attempts, last_error, sent_at,
    created_at)
  ON `@DB@`.mail_messages
  TO ticketgate_orders@localhost;

-- venues.fcgi: reads the venue directory and its search index.
GRANT SELECT ON `@DB@`.venues TO ticketgate_venues@localhost;
GRANT SELECT ON `@DB@`.venue_entries TO ticketgate_venues@localhost;
GRANT SELECT ON `@DB@`.venue_index TO ticketgate_venues@localhost;

-- boxoffice.fcgi: sells tickets and checks them in. Of ticket types it can change the counters
-- only, of orders what a refund changes. It cannot change rows of the ledger and the outbox.
GRANT SELECT ON `@DB@`.events TO ticketgate_boxoffice@localhost;
GRANT SELECT ON `@DB@`.performers TO ticketgate_boxoffice@localhost;
GRANT SELECT ON `@DB@`.schedules TO ticketgate_boxoffice@localhost;
GRANT SELECT ON `@DB@`.brands TO ticketgate_boxoffice@localhost;
GRANT SELECT, UPDATE (sold, held, low_notified, kept) ON `@DB@`.ticket_types
  TO ticketgate_boxoffice@localhost;
GRANT SELECT, UPDATE (taken, sold_out, turn, low_floor) ON `@DB@`.event_stock
  TO ticketgate_boxoffice@localhost;
GRANT SELECT, INSERT, UPDATE ON `@DB@`.holds TO ticketgate_boxoffice@localhost;
GRANT SELECT, INSERT, UPDATE, DELETE ON `@DB@`.hold_items TO ticketgate_boxoffice@localhost;
GRANT SELECT, INSERT, UPDATE (status, refunded_total, refunded_at, version) ON `@DB@`.orders
  TO ticketgate_boxoffice@localhost;
GRANT SELECT, INSERT, UPDATE (refunded_quantity, restocked_quantity) ON `@DB@`.order_items
  TO ticketgate_boxoffice@localhost;
GRANT SELECT, INSERT, UPDATE ON `@DB@`.order_tallies TO ticketgate_boxoffice@localhost;
GRANT SELECT, INSERT, UPDATE ON `@DB@`.issued_tickets TO ticketgate_boxoffice@localhost;
GRANT SELECT, INSERT, UPDATE (status) ON `@DB@`.check_ins TO ticketgate_boxoffice@localhost;
GRANT INSERT ON `@DB@`.refunds TO ticketgate_boxoffice@localhost;
GRANT INSERT ON `@DB@`.ledger TO ticketgate_boxoffice@localhost;
GRANT INSERT ON `@DB@`.outbox TO ticketgate_boxoffice@localhost;
GRANT SELECT (id, org_id, kind, order_id, created_at), INSERT ON `@DB@`.mail_messages
  TO ticketgate_boxoffice@localhost;

-- public.fcgi: serves anonymous clients, so it can read published data and sell tickets, but has no
-- access to keys, users and sessions. Of orders it can read what ticket pages show, and the email
-- addresses to which it has lost tickets sent.
GRANT SELECT ON `@DB@`.organizations TO ticketgate_public@localhost;
GRANT SELECT ON `@DB@`.events TO ticketgate_public@localhost;
GRANT SELECT ON `@DB@`.performers TO ticketgate_public@localhost;
GRANT SELECT ON `@DB@`.schedules TO ticketgate_public@localhost;
GRANT SELECT ON `@DB@`.schedule_performers TO ticketgate_public@localhost;
GRANT SELECT ON `@DB@`.brands TO ticketgate_public@localhost;
GRANT SELECT ON `@DB@`.venues TO ticketgate_public@localhost;
GRANT SELECT, UPDATE (sold, held, low_notified, kept) ON `@DB@`.ticket_types
  TO ticketgate_public@localhost;
GRANT SELECT, UPDATE (taken, sold_out, turn, low_floor) ON `@DB@`.event_stock
  TO ticketgate_public@localhost;
GRANT SELECT, INSERT, UPDATE (status, order_id, version) ON `@DB@`.holds
  TO ticketgate_public@localhost;
GRANT SELECT, INSERT, DELETE ON `@DB@`.hold_items TO ticketgate_public@localhost;
GRANT SELECT (id, org_id, event_id, reference, status, buyer_name, buyer_email, buyer_email_key,
  version), INSERT, UPDATE (version) ON `@DB@`.orders TO ticketgate_public@localhost;
GRANT SELECT (order_id, id, org_id, ticket_id, name, quantity, refunded_quantity), INSERT
  ON `@DB@`.order_items TO ticketgate_public@localhost;
GRANT SELECT, INSERT, UPDATE ON `@DB@`.issued_tickets TO ticketgate_public@localhost;
GRANT INSERT ON `@DB@`.ledger TO ticketgate_public@localhost;
GRANT INSERT ON `@DB@`.outbox TO ticketgate_public@localhost;
GRANT SELECT (id, org_id, kind, order_id, created_at), INSERT ON `@DB@`.mail_messages
  TO ticketgate_public@localhost;

-- webhooks.fcgi: manages webhook endpoints, their encrypted secrets, and deliveries. It can read
-- the outbox but not change it.
GRANT SELECT, INSERT, UPDATE ON `@DB@`.counters TO ticketgate_webhooks@localhost;
GRANT SELECT ON `@DB@`.outbox TO ticketgate_webhooks@localhost;
GRANT SELECT, INSERT, UPDATE ON `@DB@`.webhook_endpoints TO ticketgate_webhooks@localhost;
GRANT SELECT, INSERT, UPDATE (expires_at), DELETE ON `@DB@`.webhook_secrets
  TO ticketgate_webhooks@localhost;
GRANT SELECT, INSERT, UPDATE ON `@DB@`.webhook_deliveries TO ticketgate_webhooks@localhost;
GRANT SELECT, INSERT ON `@DB@`.webhook_attempts TO ticketgate_webhooks@localhost;
GRANT SELECT, INSERT, UPDATE ON `@DB@`.webhook_tallies TO ticketgate_webhooks@localhost;

-- webhook-flush: reads the outbox, endpoints and their secrets; creates deliveries and stores their
-- results. It can disable an endpoint, but not create one or change its URL.
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

-- mail-send: reads the orders, events and links that messages are about, and stores results. It can
-- send what is queued, but queue nothing.
GRANT SELECT ON `@DB@`.write_epochs TO ticketgate_mail@localhost;
GRANT SELECT, UPDATE (status, attempts, due_at, lease, sealed, last_code, last_error, sent_at)
  ON `@DB@`.mail_messages
  TO ticketgate_mail@localhost;
GRANT SELECT, UPDATE (next_at) ON `@DB@`.mail_pace TO ticketgate_mail@localhost;
GRANT SELECT, INSERT, UPDATE ON `@DB@`.mail_senders TO ticketgate_mail@localhost;
GRANT SELECT ON `@DB@`.organizations TO ticketgate_mail@localhost;
GRANT SELECT ON `@DB@`.events TO ticketgate_mail@localhost;
GRANT SELECT ON `@DB@`.venues TO ticketgate_mail@localhost;
GRANT SELECT ON `@DB@`.orders TO ticketgate_mail@localhost;
GRANT SELECT ON `@DB@`.order_items TO ticketgate_mail@localhost;
GRANT SELECT ON `@DB@`.issued_tickets TO ticketgate_mail@localhost;

-- dashboard.fcgi: signs users in, invites and removes them, and reads the audit log and sales. No
-- other program can access password hashes and create users and sessions; it cannot change roles.
GRANT SELECT, INSERT, UPDATE (password_hash, updated_at), DELETE ON `@DB@`.users
  TO ticketgate_dashboard@localhost;
GRANT SELECT, INSERT, DELETE ON `@DB@`.user_codes TO ticketgate_dashboard@localhost;
GRANT INSERT ON `@DB@`.mail_messages TO ticketgate_dashboard@localhost;
GRANT SELECT, INSERT, UPDATE ON `@DB@`.counters TO ticketgate_dashboard@localhost;
GRANT SELECT, INSERT, UPDATE (last_seen_at), DELETE ON `@DB@`.sessions
  TO ticketgate_dashboard@localhost;
GRANT SELECT ON `@DB@`.events TO ticketgate_dashboard@localhost;
GRANT SELECT ON `@DB@`.ticket_types TO ticketgate_dashboard@localhost;
GRANT SELECT ON `@DB@`.event_stock TO ticketgate_dashboard@localhost;
GRANT SELECT (ticket_id, quantity, expires_at) ON `@DB@`.hold_items
  TO ticketgate_dashboard@localhost;
GRANT SELECT ON `@DB@`.orders TO ticketgate_dashboard@localhost;
GRANT SELECT ON `@DB@`.order_items TO ticketgate_dashboard@localhost;
GRANT SELECT ON `@DB@`.refunds TO ticketgate_dashboard@localhost;
GRANT SELECT ON `@DB@`.sales_quarters TO ticketgate_dashboard@localhost;
GRANT SELECT ON `@DB@`.sales_marks TO ticketgate_dashboard@localhost;
