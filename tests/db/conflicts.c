/* conflicts: changes five rows at once on one node of a cluster, while another one disturbs. */

/* The other node changes the third row, again and again. Each transaction must have all of its
 * effect or none. Prints how many were committed and how many had to be given up.
 *
 *   TG_CONF=the first node's  TG_OTHER=the other's  conflicts CONFLICTS */
#include "tests/db/test_db.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROWS 5
#define PATIENCE_NS INT64_C(120000000000)
#define R (SQL_READ | SQL_GLOBAL)
#define W (SQL_WRITE | SQL_GLOBAL)

static const struct statement
	move = {"move", "UPDATE test_conflicts SET n = n + 1 WHERE id = :id", W},
	disturb = {"disturb", "UPDATE test_conflicts SET other = other + 1 WHERE id = 3", W},
	result = {"result", "SELECT MIN(n) AS least, MAX(n) AS most FROM test_conflicts", R};

static const char table[] =
	"CREATE OR REPLACE TABLE test_conflicts"
	" (id INT PRIMARY KEY, n INT NOT NULL DEFAULT 0, other INT NOT NULL DEFAULT 0)";
static const char five_rows[] = "INSERT INTO test_conflicts (id) VALUES (1), (2), (3), (4), (5)";

static _Noreturn void other_node(const char *path)
{
	char why[500] = "";
	struct config *c = config_load(path, "ticketgate", why, sizeof why);
	struct db *db = c ? db_new(c) : NULL;
	struct arena *a = arena_new(1 << 20);
	while (db) {
		if (sql_run(db, a, &disturb, NULL, NULL) == ERR_UNAVAILABLE)
			break;
		usleep((useconds_t)(rand() % 3000));
	}
	fprintf(stderr, "the other node: %s\n", why);
	_exit(1);
}

static enum err move_all(struct db *db, struct arena *a)
{
	struct params one[ROWS];
	const struct params *list[ROWS];
	struct params_many many = {list, ROWS};
	uint64_t affected;
	for (int i = 0; i < ROWS; i++) {
		params_init(&one[i], a);
		params_set(&one[i], "id", val_int(i + 1));
		list[i] = &one[i];
	}
	db_begin(db);
	enum err err = sql_run_many(db, a, &move, &many, &affected);
	if (!err)
		err = db_commit(db);
	if (db_in_transaction(db))
		db_rollback(db);
	return err;
}

int main(int argc, char **argv)
{
	long wanted = argc > 1 ? strtol(argv[1], NULL, 10) : 100, conflicts = 0, committed = 0;
	struct db *db = db_new(test_conf());
	struct arena *a = arena_new(1 << 20);
	struct rows r;
	int64_t end = clock_mono_ns() + PATIENCE_NS;
	script(db, table);
	script(db, five_rows);
	db_drop(db);
	usleep(500000);
	pid_t child = fork();
	if (child == 0)
		other_node(getenv("TG_OTHER"));
	while (conflicts < wanted && clock_mono_ns() < end) {
		enum err err = move_all(db, a);
		committed += err == OK;
		conflicts += err == ERR_RETRY;
		arena_reset(a);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	usleep(500000);
	if (sql_run(db, a, &result, NULL, &r) != OK)
		return 1;
	printf("%ld committed, %ld conflicts, each row changed %lld to %lld times\n", committed,
		conflicts, (long long)rows_int(&r, 0, "least"), (long long)rows_int(&r, 0, "most"));
	return rows_int(&r, 0, "least") != committed || rows_int(&r, 0, "most") != committed;
}
