/* db_world: a connection, tables of its own, and statements on them, for the database's tests. */
#include "tests/db/db_world.h"

const struct statement
	put_types = {"put",
		"INSERT INTO test_types (id, i, u, b, d, d6, t, long_t, bytes, long_b, e, s, j,"
		" dec_v)"
		" VALUES (:id, :i, :u, :b, :d, :d, :t, :long_t, :bytes,"
		" :long_b, :e, :s, :j, :dec_v)",
		W},
	get_types = {"get", "SELECT * FROM test_types WHERE id = :id", R},
	select_any = {"any", "SELECT :x AS x", R},
	connection_id = {"connection", "SELECT CONNECTION_ID() AS id", R},
	add_one = {"add", "INSERT INTO test_rows (id, n, name) VALUES (:id, 0, :name)", W},
	bump_row = {"bump",
		"UPDATE test_rows"
		" SET n = n + 1"
		" WHERE id = :id",
		W},
	same_row = {"same",
		"UPDATE test_rows"
		" SET n = n"
		" WHERE id = :id",
		W},
	count_rows = {"count", "SELECT COUNT(*) AS n FROM test_rows", R};

enum err run_statement(struct world *w, const struct statement *st)
{
	return sql_run(w->db, w->a, st, &w->p, &w->r);
}

void set_param(struct world *w, const char *name, struct val v)
{
	params_set(&w->p, name, v);
}

void add_row(struct world *w, int64_t id, const char *name)
{
	set_param(w, "id", val_int(id));
	set_param(w, "name", val_text(name));
}

int64_t rows_in_table(struct world *w)
{
	struct rows r;
	assert_int_equal(sql_run(w->db, w->a, &count_rows, NULL, &r), OK);
	return rows_int(&r, 0, "n");
}

void kill_db(struct world *w)
{
	char text[60];
	struct rows r;
	assert_int_equal(sql_run(w->db, w->a, &connection_id, NULL, &r), OK);
	snprintf(text, sizeof text, "KILL CONNECTION %lld", (long long)rows_int(&r, 0, "id"));
	script(w->admin, text);
	for (int i = 0; i < 200; i++) { /* KILL only asks */
		static const struct statement alive = {"alive",
			"SELECT COUNT(*) AS n"
			" FROM information_schema.PROCESSLIST"
			" WHERE id = :id",
			R};
		struct params p;
		struct rows left;
		params_init(&p, w->a);
		params_set(&p, "id", val_int(rows_int(&r, 0, "id")));
		assert_int_equal(sql_run(w->admin, w->a, &alive, &p, &left), OK);
		if (rows_int(&left, 0, "n") == 0)
			return;
		nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	}
	fail_msg("the killed connection lives on");
}

int begin(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	w->admin = db_new(test_conf());
	w->db = db_new(test_conf());
	w->a = arena_new((size_t)64 << 20);
	params_init(&w->p, w->a);
	script(w->admin, "DROP TABLE IF EXISTS test_rows");
	script(w->admin,
		"CREATE TABLE test_rows (id INT PRIMARY KEY, n INT NOT NULL, name VARCHAR(50) "
		"NULL, UNIQUE KEY row_name (name)) ENGINE=InnoDB");
	*state = w;
	return 0;
}

int end(void **state)
{
	struct world *w = *state;
	script(w->admin, "DROP TABLE IF EXISTS test_rows, test_types");
	db_free(w->admin);
	db_free(w->db);
	arena_free(w->a);
	free(w);
	return 0;
}
