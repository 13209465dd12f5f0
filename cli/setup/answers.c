/* answers: what an installation is made of, as asked for. */
#include "cli/setup/setup.h"

#include "cli/core/prompt.h"
#include "common/base/utf8.h"
#include "common/crypto/password.h"
#include "common/text/unicode.h"
#include "common/text/json_check.h"
#include "common/text/validate.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ANSWERS_MAX 16384 /* bytes of JSON */
#define NAME_MAX_LENGTH 200 /* characters of an organization's name */

/* The answers in the order in which they are asked. Their names are those of the JSON's members and
 * of problems; `otherwise` is what an empty line means. */
static const struct question {
	const char *name, *prompt, *otherwise;
	size_t offset;
	bool secret;
} questions[] = {
	{"host", "Database host", "localhost", offsetof(struct setup_answers, db_host), false},
	{"name", "Database name", NULL, offsetof(struct setup_answers, db_name), false},
	{"user", "Database user", NULL, offsetof(struct setup_answers, db_user), false},
	{"password", "Database password", "", offsetof(struct setup_answers, db_password), true},
	{"organization", "Name of your organization", NULL,
		offsetof(struct setup_answers, organization), false},
	{"email", "Your email address, to sign in with", NULL,
		offsetof(struct setup_answers, email), false},
	{"ownerPassword", "Your password, of 10 characters at least", NULL,
		offsetof(struct setup_answers, password), true},
	{"publicUrl", "Address of the site, such as https://tickets.example", "",
		offsetof(struct setup_answers, public_url), false},
	{"basePath", "Path of ticketgate there, such as /shop, if any", "",
		offsetof(struct setup_answers, base_path), false},
};
#define QUESTIONS (sizeof questions / sizeof *questions)

static const char **answer(struct setup *s, const struct question *q)
{
	return (const char **)(void *)((char *)&s->in + q->offset);
}

static int ask_json(struct setup *s)
{
	static char text[ANSWERS_MAX + 1];
	size_t n = fread(text, 1, ANSWERS_MAX, stdin);
	struct json_fault fault;
	struct json_object *o = NULL, *v;

	if (!json_check(text, n, JSON_VALUES_MAX, &fault) || !(o = json_tokener_parse(text)))
		return setup_problem(s, NULL, "Send an object of JSON.", "The answers are no JSON");
	for (size_t i = 0; i < QUESTIONS; i++) {
		const char *given = "";
		if (json_object_object_get_ex(o, questions[i].name, &v) &&
			json_object_is_type(v, json_type_string))
			given = json_object_get_string(v);
		if (!*given && questions[i].otherwise)
			given = questions[i].otherwise;
		*answer(s, &questions[i]) = arena_strdup(s->c->arena, given);
	}
	json_object_put(o);
	explicit_bzero(text, sizeof text);
	return DONE;
}

static int ask_terminal(struct setup *s)
{
	static char line[PROMPT_ROOM];

	for (size_t i = 0; i < QUESTIONS; i++) {
		const struct question *q = &questions[i];
		const char *prompt = q->otherwise && *q->otherwise
			? arena_printf(s->c->arena, "%s [%s]: ", q->prompt, q->otherwise)
			: arena_printf(s->c->arena, "%s: ", q->prompt);
		if (prompt_line(prompt, q->secret, line) != 0)
			return refuse("no answer; type it at the prompt, or send all as one object "
				      "of JSON with --answers");
		*answer(s, q) =
			arena_strdup(s->c->arena, *line || !q->otherwise ? line : q->otherwise);
	}
	explicit_bzero(line, sizeof line);
	return DONE;
}

int setup_ask(struct setup *s)
{
	if (s->as_json)
		return ask_json(s);
	return ask_terminal(s);
}

/* Whether a line of the configuration can have the value: it has no quotes, and is trimmed. */
static bool fits_line(const char *value)
{
	size_t n = strlen(value);

	return n == 0 ||
		(!strpbrk(value, "\r\n") && !strchr(" \t", value[0]) &&
			!strchr(" \t", value[n - 1]));
}

static int check_password(struct setup *s)
{
	const char *p = s->in.password;
	size_t characters = 0;

	if (!utf8_valid(p, strlen(p), &characters) || characters < PASSWORD_MIN ||
		characters > PASSWORD_MAX)
		return setup_problem(s, "ownerPassword",
			"A passphrase of several uncommon words is recommended.",
			"The password must have %d to %d characters", PASSWORD_MIN, PASSWORD_MAX);
	if (strcasecmp(p, s->in.email) == 0)
		return setup_problem(s, "ownerPassword", "Choose another one.",
			"The password must not be the email address");
	return DONE;
}

int setup_check_answers(struct setup *s)
{
	const char *fault = email_fault(s->c->arena, s->in.email, strlen(s->in.email));
	size_t characters = 0;

	for (size_t i = 0; i < QUESTIONS; i++) {
		const char *given = *answer(s, &questions[i]);
		if (!*given && !questions[i].otherwise)
			return setup_problem(s, questions[i].name, "Enter it.", "%s is missing",
				questions[i].prompt);
		if (questions[i].offset != offsetof(struct setup_answers, password) &&
			!fits_line(given))
			return setup_problem(s, questions[i].name,
				"For the database, choose another password in your host's panel.",
				"It must not begin or end with a blank");
	}
	if (!utf8_valid(s->in.organization, strlen(s->in.organization), &characters) ||
		text_is_blank(s->in.organization) || characters > NAME_MAX_LENGTH)
		return setup_problem(s, "organization", "Enter a shorter one.",
			"The name must have 1 to %d characters", NAME_MAX_LENGTH);
	if (fault)
		return setup_problem(s, "email", "Correct it.", "The email address %s", fault);
	return check_password(s);
}
