/* setup: what htdocs/setup calls while there is no configuration; `ticketgate setup` does the work.
 */
#include "suite/setup.h"

#include "cli/setup/setup.h"
#include "common/base/file.h"
#include "common/crypto/digest.h"
#include "common/http/response.h"
#include "common/runtime/spawn.h"
#include "common/text/json_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATE_PATH "/setup/v1/state"
#define RUN_PATH "/setup/v1/installation"
#define CODE_LENGTH 24 /* characters, 5 bits each */
#define CODE_NAME "setup-code.txt"
#define PASSED_ON 4096 /* bytes of progress that are passed on at once */

static const char code_letters[] = "23456789abcdefghijkmnpqrstuvwxyz";
_Static_assert(sizeof code_letters == 33, "a letter has 5 bits");

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

/* ---- the proof that whoever runs setup owns the place ---- */

/* The code is in a file beside the future configuration, which the owner can read and no browser
 * can. Where this process cannot write, the owner makes an empty file that has the code in its
 * name. */
static const char *code_file(struct req *r, const struct setup_place *place)
{
	return arena_printf(r->arena, "%s/" CODE_NAME, place->folder);
}

static const char *own_file(struct req *r, const struct setup_place *place, const char *code)
{
	return arena_printf(r->arena, "%s/setup-%s.txt", place->folder, code);
}

/* Writes the code unless it is there; of two processes one succeeds. */
static bool write_code(struct req *r, const struct setup_place *place)
{
	const char *path = code_file(r, place);
	unsigned char random[CODE_LENGTH];
	char text[CODE_LENGTH + 1];

	if (!place->writable || (mkdir(place->folder, 0700) != 0 && errno != EEXIST))
		return false;
	if (access(path, F_OK) == 0)
		return true;
	if (RAND_bytes(random, sizeof random) != 1)
		abort();
	for (size_t i = 0; i < sizeof random; i++)
		text[i] = code_letters[random[i] % 32];
	text[CODE_LENGTH] = '\n';
	/* complete when it gets its name */
	const char *part = arena_printf(r->arena, "%s.%d", path, (int)getpid());
	int fd = open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool good = fd >= 0 && write(fd, text, sizeof text) == (ssize_t)sizeof text;
	if (fd >= 0)
		close(fd);
	good = good && (link(part, path) == 0 || errno == EEXIST);
	if (fd >= 0)
		unlink(part);
	return good;
}

static bool is_proof(struct req *r, const struct setup_place *place, const char *code)
{
	size_t n;

	if (strlen(code) != CODE_LENGTH || strspn(code, code_letters) != CODE_LENGTH)
		return false;
	if (!place->writable)
		return access(own_file(r, place, code), F_OK) == 0;
	char *text = file_read(r->arena, code_file(r, place), CODE_LENGTH + 2, &n, NULL);
	return text && n >= CODE_LENGTH && same_bytes(text, code, CODE_LENGTH);
}

/* ---- requests ---- */

static enum err state(struct req *r, const struct setup_place *place)
{
	bool written = write_code(r, place);
	struct json *j = response_begin(r, 200);

	write_object(j, NULL);
	write_text(j, "version", TG_VERSION);
	write_text(j, "folder", place->folder);
	write_text(j, "codeFile", written ? code_file(r, place) : NULL);
	write_int(j, "codeLength", CODE_LENGTH);
	write_text(j, "codeLetters", code_letters);
	write_end_object(j);
	response_end(r);
	return OK;
}

/* Starts `ticketgate setup` with a pipe for its input and one for its output. */
static pid_t start(struct req *r, int *to, int *from)
{
	const char *root = req_header(r, "DOCUMENT_ROOT", NULL), *conf = getenv("TG_CONF");
	const char *data = getenv("TG_DATA");
	char *argv[] = {"ticketgate", "setup", "--answers", "--document-root",
		(char *)text_or(root, ""), NULL};
	char *env[4] = {"PATH=/usr/local/bin:/usr/bin:/bin"};
	int in[2], out[2], n = 1;

	if (conf)
		env[n++] = arena_printf(r->arena, "TG_CONF=%s", conf);
	if (data)
		env[n++] = arena_printf(r->arena, "TG_DATA=%s", data);
	if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0)
		return -1;
	pid_t pid = spawn_self(argv, env, in[0], out[1], STDERR_FILENO);
	close(in[0]);
	close(out[1]);
	*to = in[1];
	*from = out[0];
	return pid;
}

/* Sends the command's lines on as they come. It goes on to its end without a reader, too. */
static int pass_on(struct req *r, int from, pid_t pid)
{
	char piece[PASSED_ON];
	bool reader = response_stream_begin(r, "application/x-ndjson");
	int status = -1;

	for (ssize_t n; (n = read(from, piece, sizeof piece)) != 0;) {
		if (n < 0 && errno != EINTR)
			break;
		if (n > 0 && reader)
			reader = response_stream_write(r, piece, (size_t)n);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static const char *code_of(struct req *r)
{
	char why[JSON_WHY];
	struct json_object *o = json_read(r->http.body, r->http.body_n, OPEN_VALUES_MAX, why), *v;
	const char *code = "";

	if (o && json_object_object_get_ex(o, "code", &v))
		code = arena_strdup(r->arena, json_object_get_string(v));
	json_object_put(o);
	return code;
}

static enum err install(struct req *r, const struct setup_place *place)
{
	int to, from;
	enum err err = req_body(r);

	if (err)
		return err;
	const char *code = r->http.body_n ? code_of(r) : "";
	if (!is_proof(r, place, code))
		return fail(r, ERR_FORBIDDEN,
			"Read the code in the file that the page names, and enter it.",
			"The code is wrong.");
	pid_t pid = start(r, &to, &from);
	if (pid < 0)
		return fail(r, ERR_UNAVAILABLE,
			"Ask your hosting provider whether programs may start others.",
			"Setup cannot be started.");
	(void)!write(to, r->http.body, r->http.body_n);
	close(to);
	if (pass_on(r, from, pid) == 0) {
		unlink(code_file(r, place));
		unlink(own_file(r, place, code));
	}
	close(from);
	return OK;
}

static enum err setup_requests(struct req *r)
{
	struct setup_place place;
	bool asks = ends_with(r->http.raw_path, STATE_PATH),
	     runs = ends_with(r->http.raw_path, RUN_PATH);

	if (!asks && !runs)
		return fail(r, ERR_UNAVAILABLE,
			"Open /setup/ in a browser, or run `ticketgate setup`. If there is a "
			"configuration file, the server log says what is wrong with it.",
			"The service is not configured.");
	setup_place(req_header(r, "DOCUMENT_ROOT", NULL), &place);
	if (place.found[0])
		return fail(r, ERR_UNAVAILABLE,
			"The server log says what is wrong with the configuration file that is "
			"there.",
			"The service is not configured.");
	if (asks && r->http.method == METHOD_GET)
		return state(r, &place);
	if (runs && r->http.method == METHOD_POST)
		return install(r, &place);
	r->allowed = asks ? METHOD_GET : METHOD_POST;
	return ERR_METHOD;
}

const struct module setup_module = {.setup = setup_requests};
