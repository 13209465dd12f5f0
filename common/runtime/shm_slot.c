/* shm_slot: places that a caller may occupy at once, over all processes of a node. */
#include "common/runtime/shm.h"

#include <assert.h>
#include <fcntl.h>
#include <unistd.h>

/* Locks on single bytes far behind the end of the file, which need not exist. */
#define FIRST (INT64_C(1) << 48)
#define TAGS (INT64_C(1) << 56) /* so many are told apart */

enum shm_slot shm_slot_take(const struct shm *s, uint64_t tag, int64_t most, int *fd)
{
	struct flock byte = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};

	assert(most > 0 && most <= SHM_SLOTS_MAX);
	*fd = shm_shared(s) ? open(shm_path(s), O_RDWR | O_CLOEXEC | O_NOFOLLOW) : -1;
	if (*fd < 0)
		return SHM_SLOT_UNKNOWN;
	for (int64_t i = 0; i < most; i++) {
		byte.l_start = FIRST + (int64_t)(tag % TAGS / SHM_SLOTS_MAX) * SHM_SLOTS_MAX + i;
		if (fcntl(*fd, F_SETLK, &byte) == 0)
			return SHM_SLOT_TAKEN;
	}
	shm_slot_leave(fd);
	return SHM_SLOT_FULL;
}

void shm_slot_leave(int *fd)
{
	if (*fd >= 0)
		close(*fd); /* with its locks */
	*fd = -1;
}
