/* shm_file: opens, validates, creates and replaces the file behind the shared memory. */
#include "common/runtime/shm.h"

#include "common/base/text.h"
#include "common/base/clock.h"
#include "common/runtime/shm_layout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOOK_NS INT64_C(1000000000) /* interval of checking that the file is still there */

/* The result of an attempt to map the file: mapped; there is none; one of another layout, version
 * or boot; an error. */
enum found { JOINED, ABSENT, MISFIT, REFUSED };

/* The file to map, and where to report why not. */
struct place {
	const char *path;
	char boot[SHM_BOOT];
	uid_t uid; /* required owner */
	gid_t gid;
	char *why;
	size_t why_size;
};

/* Stays "" without /proc; then any boot id matches. */
static void boot_id(char out[SHM_BOOT])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;

	memset(out, 0, SHM_BOOT);
	if (fd >= 0) {
		n = read(fd, out, SHM_BOOT - 1);
		close(fd);
	}
	if (n <= 0)
		n = 0;
	out[n] = 0;
	out[strcspn(out, "\n")] = 0;
}

static enum found shm_file_reject(struct place *at, const char *what, int error)
{
	snprintf(at->why, at->why_size, "%s %s: %s", what, at->path, strerror(error));
	return REFUSED;
}

static bool header_fits(const struct header *h, const struct place *at)
{
	return h->magic == SHM_MAGIC && h->version == SHM_VERSION &&
		h->size == sizeof(struct layout) &&
		(!at->boot[0] || !memcmp(h->boot, at->boot, SHM_BOOT));
}

/* /dev/shm is world-writable, so anyone may have created the file. Its cached keys are trusted only
 * when it belongs to the right user and no other can write it. */
static enum found file_check(struct place *at, int fd)
{
	struct stat st;
	struct header h;

	if (fstat(fd, &st))
		return shm_file_reject(at, "cannot examine", errno);
	if (!S_ISREG(st.st_mode))
		return shm_file_reject(at, "not a regular file:", EINVAL);
	if (st.st_uid != at->uid && st.st_uid != geteuid())
		return shm_file_reject(at, "another user owns", EPERM);
	if (st.st_uid != at->uid || (st.st_mode & 077) ||
		st.st_size != (off_t)sizeof(struct layout))
		return MISFIT;
	if (pread(fd, &h, sizeof h, 0) != (ssize_t)sizeof h || !header_fits(&h, at))
		return MISFIT;
	return JOINED;
}

static enum found file_map(struct shm *s, struct place *at, int fd)
{
	struct stat st;
	void *p = fstat(fd, &st)
		? MAP_FAILED
		: mmap(NULL, sizeof(struct layout), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED)
		return shm_file_reject(at, "cannot map", errno);
	s->map = p;
	s->shared = true;
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	return JOINED;
}

/* Removes a file that does not match. The lock on it (flock(2), released when its holder ends)
 * prevents that another process removes the successor by mistake. */
static enum found file_remove(struct place *at, int fd)
{
	struct stat mine, there;
	struct timespec ms = {0, 1000000};

	if (flock(fd, LOCK_EX | LOCK_NB)) {
		nanosleep(&ms, NULL);
		return MISFIT;
	}
	if (fstat(fd, &mine))
		return shm_file_reject(at, "cannot examine", errno);
	if (lstat(at->path, &there) || mine.st_ino != there.st_ino || mine.st_dev != there.st_dev)
		return MISFIT;
	if (unlink(at->path))
		return shm_file_reject(at, "cannot replace", errno);
	return ABSENT;
}

static enum found file_join(struct shm *s, struct place *at)
{
	int fd = open(at->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	enum found found;

	if (fd < 0) {
		if (errno == ENOENT)
			return ABSENT;
		return shm_file_reject(at, "cannot open", errno);
	}
	found = file_check(at, fd);
	if (found == JOINED)
		found = file_map(s, at, fd);
	else if (found == MISFIT)
		found = file_remove(at, fd);
	close(fd);
	return found;
}

/* Sets owner, mode and size, and writes the header; the rest is zeros. */
static bool file_fill(const struct place *at, int fd)
{
	struct header h;
	const char *p = (const char *)&h;

	memset(&h, 0, sizeof h);
	h.magic = SHM_MAGIC;
	h.version = SHM_VERSION;
	h.size = sizeof(struct layout);
	memcpy(h.boot, at->boot, SHM_BOOT);
	atomic_init(&h.all.begun, 1);
	atomic_init(&h.all.ended, 1);
	if ((at->uid != geteuid() && fchown(fd, at->uid, at->gid)) || fchmod(fd, 0600))
		return false;
	/* allocate everything now: access to a page that a full tmpfs cannot provide raises SIGBUS
	 */
	return !posix_fallocate(fd, 0, (off_t)sizeof(struct layout)) &&
		pwrite(fd, p, sizeof h, 0) == (ssize_t)sizeof h;
}

/* Creates the file under a temporary name, so that it never appears incomplete. Not an error when
 * another process was faster. */
static enum found file_make(struct place *at)
{
	char name[4096];
	uint64_t word = (uint64_t)clock_mono_ns();
	int fd, error = 0;

	if (getrandom(&word, sizeof word, GRND_NONBLOCK) < 0)
		word ^= (uint64_t)getpid() << 40;
	if (snprintf(name, sizeof name, "%s.%016llx", at->path, (unsigned long long)word) >=
		(int)sizeof name)
		return shm_file_reject(at, "cannot create", ENAMETOOLONG);
	fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return shm_file_reject(at, "cannot create", errno);
	if (!file_fill(at, fd) || (link(name, at->path) && errno != EEXIST))
		error = errno ? errno : EIO;
	unlink(name);
	close(fd);
	if (error)
		return shm_file_reject(at, "cannot create", error);
	return ABSENT;
}

static void place_init(
	struct place *at, const char *path, const char *owner_like, char *why, size_t why_size)
{
	struct stat st;

	at->path = text_or(path, "");
	at->uid = geteuid();
	at->gid = getegid();
	if (at->uid == 0 && owner_like && !stat(owner_like, &st)) {
		at->uid = st.st_uid;
		at->gid = st.st_gid;
	}
	at->why = why;
	at->why_size = why_size;
	boot_id(at->boot);
	if (why_size)
		why[0] = 0;
}

/* Falls back to memory of this process and its children. */
static void private_map(struct shm *s)
{
	void *p = mmap(NULL, sizeof(struct layout), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		abort();
	s->map = p;
	atomic_store(&s->map->header.all.begun, 1);
	atomic_store(&s->map->header.all.ended, 1);
}

/* Maps the file at a path, created if there is none; whether that succeeded. */
static bool attach_at(struct shm *s, const char *path, char *why, size_t why_size)
{
	struct place at;
	enum found found = ABSENT;

	place_init(&at, path, s->owner_like, why, why_size);
	for (int tries = 0; tries < 500 && found != JOINED && found != REFUSED; tries++) {
		found = file_join(s, &at);
		if (found == ABSENT)
			found = file_make(&at);
	}
	if (found == ABSENT || found == MISFIT)
		shm_file_reject(&at, "cannot create or replace", EBUSY);
	return found == JOINED;
}

/* owner_like with the suffix .shm */
static char *path_beside(const char *owner_like)
{
	size_t n = strlen(owner_like);
	char *out = malloc(n + 5);

	if (!out)
		abort();
	memcpy(out, owner_like, n);
	memcpy(out + n, ".shm", 5);
	return out;
}

struct shm *shm_attach(const char *path, const char *owner_like, char *why, size_t why_size)
{
	struct shm *s = calloc(1, sizeof *s);
	char why_not[300];

	if (!s || !(s->path = strdup(text_or(path, ""))) ||
		(owner_like && !(s->owner_like = strdup(owner_like))))
		abort();
	if (owner_like)
		s->beside = path_beside(owner_like);
	if (attach_at(s, s->path, why, why_size))
		return s;
	s->second = s->beside && attach_at(s, s->beside, why_not, sizeof why_not);
	if (!s->shared)
		private_map(s);
	return s;
}

void shm_detach(struct shm *s)
{
	if (!s)
		return;
	munmap(s->map, sizeof(struct layout));
	free(s->path);
	free(s->beside);
	free(s->owner_like);
	free(s);
}

const char *shm_path(const struct shm *s)
{
	return s->second ? s->beside : s->path;
}

static bool still_there(const struct shm *s)
{
	struct stat st;

	return !stat(shm_path(s), &st) && st.st_ino == s->ino && st.st_dev == s->dev;
}

/* The second choice is given up as soon as the first can be used, since processes that start then
 * use that. */
void shm_reattach(struct shm *s, int64_t now_ns)
{
	char why[300];
	struct shm *next;

	if (now_ns < s->look_ns)
		return;
	s->look_ns = now_ns + LOOK_NS;
	if (s->shared && !s->second && still_there(s))
		return;
	next = shm_attach(s->path, s->owner_like, why, sizeof why);
	if (next->shared) {
		struct layout *old = s->map;

		s->map = next->map;
		next->map = old;
		s->shared = true;
		s->second = next->second;
		s->dev = next->dev;
		s->ino = next->ino;
	} else {
		s->shared = false;
	}
	shm_detach(next);
}

uint64_t shm_reattach_now(struct shm *s)
{
	s->look_ns = 0;
	shm_reattach(s, clock_mono_ns());
	return s->shared ? s->ino : 0;
}

bool shm_shared(const struct shm *s)
{
	return s->shared;
}

bool shm_invalidate_at(const char *path, const char *owner_like)
{
	char why[200];
	struct shm *s = shm_attach(path, owner_like, why, sizeof why);
	bool shared = shm_shared(s);

	if (shared)
		shm_invalidate(s, 0);
	shm_detach(s);
	return shared;
}
