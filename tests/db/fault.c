/* fault: an LD_PRELOAD shim that makes the Nth database call of a group of processes fail. */

/* Build:   cc -shared -fPIC -o fault.so tests/db/fault.c -ldl (with the flags of libmariadb)
 * Use:     LD_PRELOAD=…/fault.so TG_FAULT_FILE=/dev/shm/x program
 *
 * The file is six 32-bit integers in the machine's order, made by the test before the program
 * starts:
 *
 *     struct.pack("=iiiiii", countdown, error, late, seen, fired, where)
 *
 *   countdown  every call counts it down by one, over all processes that map the file; the call
 * that takes it from 1 to 0 fails. 0 or less: nothing fails. Write it last: that arms the shim.
 *   error      what fails, below
 *   late       only for 2013 and 9. 0: the connection dies before the statement is sent; 1: the
 * server has executed it (COMMIT too), the reply is lost seen       calls counted since the file
 * was made, failing or not: run once with countdown 0 to learn how many there are fired      how
 * many calls have been made to fail where      the kind of the last call that failed: 1
 * mysql_stmt_prepare, 2 mysql_stmt_execute, 3 mysql_query or mysql_real_query (BEGIN, COMMIT,
 * ROLLBACK), 4 mysql_commit, 5 mysql_rollback
 *
 * Errors:
 *   1213  deadlock: the transaction is really rolled back, the statement is not sent
 *   1205  lock wait timed out: the statement is not sent, the transaction stays open
 *   2013  the socket is really shut down, before or after the statement
 *   9     the process is killed (SIGKILL), before or after the server has executed the statement,
 * as `late` says else  the number is reported, nothing is sent
 *
 * Connecting is not a call: the statement that sets up the session neither counts nor fails.
 */
#include <dlfcn.h>
#include <errmsg.h>
#include <fcntl.h>
#include <mysql.h>
#include <mysqld_error.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

struct fault {
	_Atomic int countdown;
	_Atomic int error;
	_Atomic int late;
	_Atomic int seen;
	_Atomic int fired;
	_Atomic int where;
};

enum where { AT_PREPARE = 1, AT_EXECUTE, AT_QUERY, AT_COMMIT, AT_ROLLBACK };

static struct fault *fault;
static _Thread_local bool inside; /* the connector calls its own functions */
static MYSQL *(*real_connect)(MYSQL *, const char *, const char *, const char *, const char *,
	unsigned, const char *, unsigned long);
static int (*real_prepare)(MYSQL_STMT *, const char *, unsigned long);
static int (*real_execute)(MYSQL_STMT *);
static int (*real_real_query)(MYSQL *, const char *, unsigned long);
static my_bool (*real_commit)(MYSQL *);
static my_bool (*real_rollback)(MYSQL *);

static void *find(const char *name)
{
	void *p = dlsym(RTLD_NEXT, name);
	if (!p) {
		fprintf(stderr,
			"fault.so: no %s behind it: is the program linked with the connector?\n",
			name);
		abort();
	}
	return p;
}

static void find_all(void)
{
	void *p[] = {find("mysql_stmt_prepare"), find("mysql_stmt_execute"),
		find("mysql_real_query"), find("mysql_commit"), find("mysql_rollback"),
		find("mysql_real_connect")};
	/* ISO C has no cast from an object's address to a function's */
	memcpy(&real_prepare, &p[0], sizeof p[0]);
	memcpy(&real_execute, &p[1], sizeof p[1]);
	memcpy(&real_real_query, &p[2], sizeof p[2]);
	memcpy(&real_commit, &p[3], sizeof p[3]);
	memcpy(&real_rollback, &p[4], sizeof p[4]);
	memcpy(&real_connect, &p[5], sizeof p[5]);
}

/* At the first call, not as a constructor: shells and helpers between the test and the program may
 * lack the connector. */
static void attach(void)
{
	static bool done;
	const char *path = getenv("TG_FAULT_FILE");
	if (done)
		return;
	done = true;
	find_all();
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	if (fd < 0)
		return;
	void *p = mmap(NULL, sizeof *fault, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (p != MAP_FAILED)
		fault = p;
}

/* The error this call is to fail with, or 0. */
static unsigned count(enum where where)
{
	attach();
	if (!fault || inside)
		return 0;
	atomic_fetch_add(&fault->seen, 1);
	int left = atomic_load(&fault->countdown);
	while (left > 0 && !atomic_compare_exchange_weak(&fault->countdown, &left, left - 1))
		continue;
	if (left != 1)
		return 0;
	atomic_store(&fault->where, (int)where);
	atomic_fetch_add(&fault->fired, 1);
	return (unsigned)atomic_load(&fault->error);
}

static bool after(unsigned error)
{
	return (error == CR_SERVER_LOST || error == SIGKILL) && atomic_load(&fault->late);
}

static const char *text(unsigned error)
{
	switch (error) {
	case ER_LOCK_DEADLOCK:
		return "Deadlock found when trying to get lock; try restarting transaction "
		       "(injected)";
	case ER_LOCK_WAIT_TIMEOUT:
		return "Lock wait timeout exceeded; try restarting transaction (injected)";
	case CR_SERVER_LOST:
		return "Lost connection to server during query (injected)";
	default:
		return "an injected failure";
	}
}

static void fail(MYSQL *my, MYSQL_STMT *stmt, unsigned error)
{
	bool was = inside;
	if (error == SIGKILL)
		kill(getpid(), SIGKILL);
	inside = true;
	if (my && error == CR_SERVER_LOST)
		shutdown(mysql_get_socket(my), SHUT_RDWR);
	if (my && error == ER_LOCK_DEADLOCK)
		real_real_query(my, "ROLLBACK", 8);
	inside = was;
	if (my) {
		my->net.last_errno = error;
		snprintf(my->net.last_error, sizeof my->net.last_error, "%s", text(error));
	}
	if (stmt) {
		stmt->last_errno = error;
		snprintf(stmt->last_error, sizeof stmt->last_error, "%s", text(error));
	}
}

MYSQL *STDCALL mysql_real_connect(MYSQL *my, const char *host, const char *user,
	const char *password, const char *name, unsigned port, const char *path,
	unsigned long flags)
{
	attach();
	inside = true;
	MYSQL *got = real_connect(my, host, user, password, name, port, path, flags);
	inside = false;
	return got;
}

int STDCALL mysql_stmt_prepare(MYSQL_STMT *stmt, const char *sql, unsigned long n)
{
	unsigned error = count(AT_PREPARE);
	int got = 1;
	if (!error || after(error)) {
		inside = true;
		got = real_prepare(stmt, sql, n);
		inside = false;
	}
	if (!error)
		return got;
	fail(stmt->mysql, stmt, error);
	return 1;
}

int STDCALL mysql_stmt_execute(MYSQL_STMT *stmt)
{
	unsigned error = count(AT_EXECUTE);
	int got = 1;
	if (!error || after(error)) {
		inside = true;
		got = real_execute(stmt);
		inside = false;
	}
	if (!error)
		return got;
	fail(stmt->mysql, stmt, error);
	return 1;
}

/* What common/db/login.c asks is part of connecting, which does not count. */
static bool is_login(const char *sql)
{
	return strncmp(sql, "SELECT @@wsrep_on", 17) == 0;
}

int STDCALL mysql_real_query(MYSQL *my, const char *sql, unsigned long n)
{
	unsigned error = is_login(sql) ? 0 : count(AT_QUERY);
	bool was = inside;
	int got = 1;
	if (!error || after(error)) {
		inside = true;
		got = real_real_query(my, sql, n);
		inside = was;
	}
	if (!error)
		return got;
	fail(my, NULL, error);
	return 1;
}

int STDCALL mysql_query(MYSQL *my, const char *sql)
{
	return mysql_real_query(my, sql, strlen(sql));
}

static my_bool end(MYSQL *my, enum where where, my_bool (*real)(MYSQL *))
{
	unsigned error = count(where);
	my_bool got = 1;
	if (!error || after(error)) {
		inside = true;
		got = real(my);
		inside = false;
	}
	if (!error)
		return got;
	fail(my, NULL, error);
	return 1;
}

my_bool STDCALL mysql_commit(MYSQL *my)
{
	attach();
	return end(my, AT_COMMIT, real_commit);
}

my_bool STDCALL mysql_rollback(MYSQL *my)
{
	attach();
	return end(my, AT_ROLLBACK, real_rollback);
}
