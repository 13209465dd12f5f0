/* disaster: an LD_PRELOAD shim that steps the clock and fills the disk of the processes it is in.
 */

/* Build:   cc -shared -fPIC -o disaster.so tests/lib/disaster.c -ldl
 * Use:     LD_PRELOAD=…/disaster.so TG_DISASTER=/dev/shm/x program
 *
 * The file has three 64-bit integers in the machine's order, struct.pack("=qqq", step, full, met):
 *
 *   step  seconds that are added to the time of day
 *   full  not 0: no file grows, ENOSPC
 *   met   how often that happened
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define EPOCH 1000000000 /* an absolute time above this is a time of day, below one since boot */

static struct {
	_Atomic int64_t step, full, met;
} calm, *disaster = &calm;

static int (*real_clock_gettime)(clockid_t, struct timespec *);
static int (*real_gettimeofday)(struct timeval *, void *);
static int (*real_timedwait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
static int (*real_posix_fallocate)(int, off_t, off_t);
static int (*real_fallocate)(int, int, off_t, off_t);
static int (*real_ftruncate)(int, off_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);

__attribute__((constructor)) static void begin(void)
{
	static const struct {
		const char *name;
		void *to;
	} all[] = {
		{"clock_gettime", &real_clock_gettime},
		{"gettimeofday", &real_gettimeofday},
		{"pthread_cond_timedwait", &real_timedwait},
		{"posix_fallocate", &real_posix_fallocate},
		{"fallocate", &real_fallocate},
		{"ftruncate", &real_ftruncate},
		{"pwrite", &real_pwrite},
		{"write", &real_write},
		{"writev", &real_writev},
	};
	const char *path = getenv("TG_DISASTER");
	int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
	void *p = MAP_FAILED;

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		*(void **)all[i].to = dlsym(RTLD_NEXT, all[i].name);
	if (fd >= 0)
		p = mmap(NULL, sizeof *disaster, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p != MAP_FAILED)
		disaster = p;
	if (fd >= 0)
		close(fd);
}

/* ---- the clock ---- */

int clock_gettime(clockid_t clock, struct timespec *t)
{
	int rc = real_clock_gettime(clock, t);

	if (rc == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		t->tv_sec += disaster->step;
	return rc;
}

int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
	int rc = real_gettimeofday(t, zone);

	if (rc == 0)
		t->tv_sec += disaster->step;
	return rc;
}

time_t time(time_t *out)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	if (out != NULL)
		*out = t.tv_sec;
	return t.tv_sec;
}

int pthread_cond_timedwait(
	pthread_cond_t *c, pthread_mutex_t *m, const struct timespec *restrict end)
{
	struct timespec t = *end;

	if (t.tv_sec > EPOCH)
		t.tv_sec -= disaster->step;
	return real_timedwait(c, m, &t);
}

/* ---- the disk ---- */

static int grows(int fd, off_t to)
{
	struct stat st;

	if (disaster->full == 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || to <= st.st_size)
		return 0;
	disaster->met++;
	errno = ENOSPC;
	return 1;
}

int posix_fallocate(int fd, off_t at, off_t n)
{
	return grows(fd, at + n) ? ENOSPC : real_posix_fallocate(fd, at, n);
}

int fallocate(int fd, int mode, off_t at, off_t n)
{
	return grows(fd, at + n) ? -1 : real_fallocate(fd, mode, at, n);
}

int ftruncate(int fd, off_t n)
{
	return grows(fd, n) ? -1 : real_ftruncate(fd, n);
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	return grows(fd, at + (off_t)n) ? -1 : real_pwrite(fd, p, n, at);
}

ssize_t write(int fd, const void *p, size_t n)
{
	off_t at = disaster->full == 0 ? -1 : lseek(fd, 0, SEEK_CUR);

	return at >= 0 && grows(fd, at + (off_t)n) ? -1 : real_write(fd, p, n);
}

/* It writes at the file's position, beyond its end in all that matters here. */
ssize_t writev(int fd, const struct iovec *v, int n)
{
	return grows(fd, INT64_MAX) ? -1 : real_writev(fd, v, n);
}

/* glibc has the names with 64 only where a program was built with 64-bit offsets; here both are
 * the same. */
int posix_fallocate64(int, off_t, off_t) __attribute__((alias("posix_fallocate")));
int fallocate64(int, int, off_t, off_t) __attribute__((alias("fallocate")));
int ftruncate64(int, off_t) __attribute__((alias("ftruncate")));
ssize_t pwrite64(int, const void *, size_t, off_t) __attribute__((alias("pwrite")));
