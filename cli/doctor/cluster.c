/* cluster: checks the nodes of a Galera cluster, as far as db_host names them. */
#include "cli/doctor/findings.h"

#include "common/base/clock.h"
#include "common/base/text.h"
#include "common/db/hosts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NODES_MAX 16
#define WATCH_MS 1000 /* for which each node's commits are counted */
#define PAUSED 0.1 /* share of the time in which a slow node stopped all others */

#define ASK (SQL_READ | SQL_GLOBAL | SQL_QUIET)
/* MariaDB Knowledge Base, Galera Cluster Status Variables. */
static const struct statement cluster_status = {"doctor_cluster",
	"SELECT VARIABLE_NAME AS name, VARIABLE_VALUE AS value"
	" FROM information_schema.GLOBAL_STATUS"
	" WHERE VARIABLE_NAME LIKE 'WSREP\\_%'",
	ASK};
static const struct statement cluster_read_only = {
	"doctor_read_only", "SELECT @@global.read_only AS readOnly", ASK};

struct node {
	const char *name; /* as in db_host */
	struct db *db; /* NULL: cannot be reached */
	struct rows status;
	long long commits; /* at the beginning */
};

static const char *status_of(const struct rows *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcasecmp(rows_text(r, i, "name"), name) == 0)
			return text_or(rows_text(r, i, "value"), "");
	return "";
}

static bool read_status(struct doctor *d, struct node *node)
{
	struct params p;
	params_init(&p, d->c->arena);
	return sql_run(node->db, d->c->arena, &cluster_status, &p, &node->status) == OK;
}

/* Connects to one host of the list by itself. `own` must outlive the node. */
static void reach(struct doctor *d, const struct host *host, struct config *own, struct node *node)
{
	struct arena *a = d->c->arena;
	bool six = strchr(host->name, ':') != NULL;
	node->name = host->name;
	if (!*host->name)
		node->name = "this machine";
	else if (host->port)
		node->name = arena_printf(a, six ? "[%s]:%u" : "%s:%u", host->name, host->port);
	*own = *d->c->conf;
	own->db_host = *host->name ? arena_strdup(a, node->name) : own->db_host;
	node->db = db_new(own);
	if (db_ready(node->db) == OK && read_status(d, node))
		return;
	found(d, FINDING_WARN, "database host",
		"Start the node or wait until it has joined; the others are used meanwhile.",
		"%s: %u %s", node->name, db_errno(node->db), db_error(node->db));
	db_free(node->db);
	node->db = NULL;
}

static void check_node(struct doctor *d, struct node *node)
{
	const char *state = status_of(&node->status, "wsrep_local_state_comment");
	double paused = strtod(status_of(&node->status, "wsrep_flow_control_paused"), NULL);
	struct params p;
	struct rows r;
	params_init(&p, d->c->arena);
	if (sql_run(node->db, d->c->arena, &cluster_read_only, &p, &r) == OK && r.n &&
		rows_int(&r, 0, "readOnly"))
		found(d, FINDING_WARN, "database host", "SET GLOBAL read_only = 0 on that node.",
			"%s is read-only", node->name);
	else if (strcmp(state, "Synced") != 0)
		found(d, FINDING_WARN, "database host", "Wait until it is Synced.", "%s is %s",
			node->name, state);
	else if (paused > PAUSED)
		found(d, FINDING_WARN, "database host",
			"A slow node makes all others wait: see wsrep_flow_control_sent of each.",
			"%s was stopped by flow control for %.0f %% of the time", node->name,
			paused * 100);
	else
		found(d, FINDING_OK, "database host", NULL, "%s is Synced", node->name);
}

static void check_size(struct doctor *d, const struct node *node)
{
	long long size = strtoll(status_of(&node->status, "wsrep_cluster_size"), NULL, 10);
	const char *status = status_of(&node->status, "wsrep_cluster_status");
	if (strcmp(status, "Primary") != 0)
		found(d, FINDING_FAIL, "cluster", "See doc/cluster.md, No node is ready.", "%s: %s",
			node->name, status);
	else if (size < 3)
		found(d, FINDING_WARN, "cluster",
			"With fewer than three nodes, the rest stops when one fails: add nodes, or "
			"an arbitrator (garbd).",
			"%lld nodes", size);
	else
		found(d, FINDING_OK, "cluster", NULL, "%lld nodes", size);
}

/* Counts the nodes whose own clients have committed in the last second. */
static void check_writers(struct doctor *d, struct node *nodes, size_t n)
{
	char names[512] = "";
	size_t writers = 0;
	for (size_t i = 0; i < n; i++)
		nodes[i].commits =
			strtoll(status_of(&nodes[i].status, "wsrep_local_commits"), NULL, 10);
	clock_pause_ms(WATCH_MS);
	for (size_t i = 0; i < n; i++) {
		if (!nodes[i].db || !read_status(d, &nodes[i]) ||
			strtoll(status_of(&nodes[i].status, "wsrep_local_commits"), NULL, 10) ==
				nodes[i].commits)
			continue;
		size_t at = strlen(names);
		snprintf(names + at, sizeof names - at, "%s%s", writers++ ? ", " : "",
			nodes[i].name);
	}
	if (writers > 1)
		found(d, FINDING_WARN, "cluster writers",
			"Name the hosts in the same order in db_host of every web node, or use "
			"conf/galera/haproxy.cfg.in: writers on several nodes get in each other's "
			"way.",
			"%zu nodes are written to: %s", writers, names);
	else
		found(d, FINDING_OK, "cluster writers", NULL, "%s",
			writers ? names : "no sales at present");
}

void doctor_cluster(struct doctor *d)
{
	struct node nodes[NODES_MAX] = {{0}};
	struct config own[NODES_MAX];
	struct hosts *hosts = hosts_new(d->c->conf);
	const struct host *host;
	size_t n = 0, of_cluster = 0;
	struct node first = {.db = d->c->db, .name = "the database"};
	if (!read_status(d, &first) || !*status_of(&first.status, "wsrep_provider_name")) {
		hosts_free(hosts);
		return;
	}
	check_size(d, &first);
	while (n < NODES_MAX && (host = hosts_pick(hosts, n))) {
		reach(d, host, &own[n], &nodes[n]);
		if (nodes[n].db)
			check_node(d, &nodes[n]);
		of_cluster += nodes[n++].db != NULL;
	}
	if (of_cluster > 1)
		check_writers(d, nodes, n);
	for (size_t i = 0; i < n; i++)
		db_free(nodes[i].db);
	hosts_free(hosts);
}
