/* steps: the transactions of a sender, and the pauses between attempts. */
#include "cron/core/sender.h"

#include "common/base/log.h"
#include "common/db/transact.h"

#define STEP_TRIES 6 /* of a transaction */

static struct json writer;

struct json *rows_begin(struct sender *s)
{
	buf_clear(&s->text);
	write_start(&writer, &s->text);
	write_array(&writer, NULL);
	return &writer;
}

/* Copies the text to the step's arena, so that the next array can be started immediately. */
struct val rows_end(struct sender *s)
{
	write_end_array(&writer);
	if (s->text.full) {
		s->full = true;
		return val_null();
	}
	return (struct val){
		.type = VAL_TEXT, .s = arena_dup(s->arena, s->text.p, s->text.n), .n = s->text.n};
}

struct step_call {
	struct sender *s;
	sender_step *step;
	void *ctx;
	enum err err; /* of the last attempt */
};

static enum err try_step(void *ctx)
{
	struct step_call *call = ctx;

	arena_reset(call->s->arena);
	call->s->full = false;
	call->err = call->step(call->s, call->ctx);
	if (!call->err && call->s->full) {
		log_msg(LOG_ERROR, "a batch is larger than %zu bytes", call->s->text.max);
		call->err = ERR_INTERNAL;
	}
	if (call->err == ERR_DUPLICATE) /* another sender inserted the row */
		return ERR_RETRY;
	return call->err;
}

enum err sender_transact(struct sender *s, sender_step *step, void *ctx)
{
	struct step_call call = {s, step, ctx, OK};
	enum err err = db_transact(s->db, STEP_TRIES, try_step, &call);

	if (err == ERR_RETRY && call.err == ERR_DUPLICATE)
		return ERR_DUPLICATE;
	return err;
}

bool sender_succeeded(struct sender *s, enum err err)
{
	if (err && err != ERR_RETRY)
		s->trouble = true;
	return err == OK;
}

/* `ms` times a random factor, uniform from 0.8 to 1.2. */
static int64_t jitter(int64_t ms)
{
	struct uuid chance = uuid_make();
	int64_t part = (chance.b[14] << 8 | chance.b[15]) % 4001;

	return ms * (8000 + part) / 10000;
}

int64_t retry_pause(int64_t attempts, int64_t first_ms, int64_t second_ms)
{
	return jitter(attempts <= 1 ? first_ms : second_ms);
}
