/* command: `ticketgate setup`, which the page for setup in the browser runs, too. */
#include "cli/setup/setup.h"

#include "common/base/file.h"
#include "common/runtime/spawn.h"
#include "common/schema/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SAID_MAX 65536 /* bytes of a command's output */
#define FILE_MAX 4096 /* bytes of the files that are shown */
#define LOCK_NAME "ticketgate.setup"
#define ARGUMENTS 16

extern char **environ;

const struct option_row setup_options[] = {
	{"answers", NULL, SWITCH,
		"Read the answers from standard input, an object of JSON, and write lines of "
		"JSON."},
	{"document-root", "DIR", 0,
		"Write the configuration outside of this directory, in \"private\" beside it or "
		"further up (default: the system's configuration directory)."},
	{"folder", "DIR", 0, "Write the configuration there."},
	{NULL, NULL, 0, NULL},
};

/* ---- commands ---- */

/* Runs `ticketgate` with these arguments and --json; what it said is in the arena. Its exit status,
 * or -1. */
static int run(struct setup *s, const char *input, const char *const *words, char **said)
{
	char *argv[ARGUMENTS + 4] = {"ticketgate", "--conf", (char *)s->conf, "--json"};
	int in[2], out[2], status = -1;
	size_t n = 0;
	pid_t pid;

	for (size_t i = 0; words[i]; i++)
		argv[4 + i] = (char *)words[i];
	*said = arena_alloc(s->c->arena, SAID_MAX + 1);
	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		return -1;
	pid = spawn_self(argv, environ, in[0], out[1], out[1]);
	close(in[0]);
	close(out[1]);
	if (pid > 0 && input) /* shorter than a pipe holds */
		(void)!write(in[1], input, strlen(input));
	close(in[1]);
	for (ssize_t got;
		pid > 0 && n < SAID_MAX && (got = read(out[0], *said + n, SAID_MAX - n)) > 0;)
		n += (size_t)got;
	(*said)[n] = '\0';
	close(out[0]);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The member of an object that a command wrote, in the arena; "" when it has none. */
static const char *member(struct setup *s, const char *said, const char *name)
{
	struct json_object *o = json_tokener_parse(said), *v;
	const char *text = "";

	if (o && json_object_object_get_ex(o, name, &v))
		text = arena_strdup(s->c->arena, json_object_get_string(v));
	json_object_put(o);
	return text;
}

/* What a command said about its failure, without the prefix. */
static int refused(struct setup *s, const char *field, const char *said)
{
	static const char prefix[] = "ticketgate: ";
	const char *text =
		strncmp(said, prefix, strlen(prefix)) == 0 ? said + strlen(prefix) : said;

	return setup_problem(s, field, "Correct the cause and start again.", "%.*s",
		(int)strcspn(text, "\n"), text);
}

/* The names of all scopes, with commas. */
static const char *every_scope(struct arena *arena)
{
	const char *list = scope_names[0];

	for (const char *const *name = scope_names + 1; *name; name++)
		list = arena_printf(arena, "%s,%s", list, *name);
	return list;
}

/* ---- the result ---- */

struct made {
	const char *slug, *key, *findings;
};

/* The organization with its owner and a key. */
static int make_organization(struct setup *s, struct made *m)
{
	const struct setup_answers *in = &s->in;
	const char *const org[] = {"org", "create", "--name", in->organization, NULL};
	char *said;

	setup_step(s, "Creating the organization %s", in->organization);
	if (run(s, NULL, org, &said) != 0)
		return refused(s, "organization", said);
	m->slug = member(s, said, "slug");
	const char *const user[] = {
		"user", "create", "--org", m->slug, "--email", in->email, "--role", "owner", NULL};
	if (run(s, arena_printf(s->c->arena, "%s\n", in->password), user, &said) != 0)
		return refused(s, "email", said);
	setup_step(s, "Creating an API key");
	const char *const key[] = {"key", "create", "--org", m->slug, "--name", "First key",
		"--scopes", every_scope(s->c->arena), NULL};
	if (run(s, NULL, key, &said) != 0)
		return refused(s, NULL, said);
	m->key = member(s, said, "key");
	return DONE;
}

/* The files as text, for whoever has to upload them: the place is not writable. */
static void write_file(struct setup *s, const char *name, const char *path)
{
	size_t n;
	char *text = file_read(s->c->arena, path, FILE_MAX, &n, NULL);

	write_text(&s->c->json, name, text);
}

static const char *program_path(struct setup *s)
{
	char *path = arena_alloc(s->c->arena, PATH_MAX);
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);

	path[n > 0 ? n : 0] = '\0';
	return path;
}

static void put_result(struct setup *s, const struct made *m)
{
	struct json *j = &s->c->json;

	write_object(j, NULL);
	write_object(j, "result");
	write_text(j, "organization", m->slug);
	write_text(j, "email", s->in.email);
	write_text(j, "apiKey", m->key);
	write_text(j, "configuration",
		arena_printf(s->c->arena, "%s/ticketgate.conf", s->place.folder));
	write_text(j, "program", program_path(s));
	write_text(j, "cronPath",
		arena_printf(s->c->arena, "%s/-/cron/%s", s->in.base_path, s->cron_secret));
	write_bool(j, "written", s->place.writable);
	if (!s->place.writable) {
		write_file(s, "configurationText", s->conf);
		write_file(s, "keyText", s->key);
	}
	if (m->findings[0] == '{' || m->findings[0] == '[')
		write_raw(j, "doctor", m->findings, strcspn(m->findings, "\n"));
	write_end_object(j);
	write_end_object(j);
	buf_putc(&s->c->out, '\n');
}

static void print_result(struct setup *s, const struct made *m)
{
	buf_printf(&s->c->out,
		"Done. The configuration is %s.\n\n%s\n\nThis is an API key with all scopes. Copy "
		"it now: it is shown only once.\nSign in at %s%s/dashboard/ as %s.\n\nNext: "
		"ticketgate doctor\n",
		s->conf, m->key, *s->in.public_url ? s->in.public_url : "",
		*s->in.base_path ? s->in.base_path : "", s->in.email);
}

/* ---- the steps ---- */

/* One setup at a time in a folder. The lock ends with the process. */
static int lock(struct setup *s)
{
	const char *path = arena_printf(s->c->arena, "%s/" LOCK_NAME, s->place.folder);

	if (!s->place.writable)
		return DONE;
	if (mkdir(s->place.folder, 0700) != 0 && errno != EEXIST)
		return setup_problem(s, NULL, "Create the folder yourself.",
			"The folder %s cannot be created: %s", s->place.folder, strerror(errno));
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	s->locked = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
	if (s->locked)
		return DONE;
	return setup_problem(s, NULL, "Wait until the other one has ended, then reload this page.",
		"Setup is running already, in another window or by another person");
}

static void unlock(struct setup *s)
{
	if (s->locked)
		unlink(arena_printf(s->c->arena, "%s/" LOCK_NAME, s->place.folder));
}

static int begin(struct setup *s)
{
	const char *folder = option(s->c, "folder");

	setup_place(option(s->c, "document-root"), &s->place);
	if (folder) {
		snprintf(s->place.folder, sizeof s->place.folder, "%s", folder);
		s->place.writable = access(folder, W_OK | X_OK) == 0;
	}
	if (s->place.found[0])
		return setup_problem(s, NULL,
			"Sign in at the dashboard. To begin anew, remove this file first.",
			"Setup was done: there is a configuration, %s", s->place.found);
	return DONE;
}

static int steps(struct setup *s, struct made *m)
{
	int status = setup_check_answers(s);

	if (status == DONE)
		status = lock(s);
	if (status == DONE)
		status = begin(s); /* again: another one may have ended since */
	if (status == DONE)
		setup_step(s, "Connecting to the database");
	if (status == DONE)
		status = setup_write_files(s);
	if (status == DONE)
		status = setup_database(s);
	if (status == DONE)
		status = make_organization(s, m);
	if (status == DONE)
		status = setup_finish_files(s);
	return status;
}

int setup(struct cli *c)
{
	static const char *const doctor_words[] = {"doctor", NULL};
	struct setup s = {.c = c, .as_json = option_on(c, "answers")};
	struct made m = {"", "", ""};
	int status = begin(&s);

	if (status == DONE)
		status = setup_ask(&s);
	if (status == DONE)
		status = steps(&s, &m);
	if (status == DONE) {
		char *said;
		setup_step(&s, "Looking at the installation");
		run(&s, NULL, doctor_words, &said);
		m.findings = said;
		if (s.as_json)
			put_result(&s, &m);
		else
			print_result(&s, &m);
	}
	unlock(&s);
	setup_drop_files(&s);
	return status;
}
