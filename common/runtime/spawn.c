/* spawn: starts a program as a process of its own. */
#include "common/runtime/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <unistd.h>

static void redirect(posix_spawn_file_actions_t *files, int fd, int to, int flags)
{
	if (fd >= 0)
		posix_spawn_file_actions_adddup2(files, fd, to);
	else
		posix_spawn_file_actions_addopen(files, to, "/dev/null", flags, 0);
}

pid_t spawn_program(const char *file, char *const *argv, char *const *env, const int standard[3])
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, defaults;
	pid_t pid = -1;

	sigemptyset(&none);
	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawn_file_actions_init(&files);
	redirect(&files, standard[0], STDIN_FILENO, O_RDONLY);
	redirect(&files, standard[1], STDOUT_FILENO, O_WRONLY);
	redirect(&files, standard[2], STDERR_FILENO, O_WRONLY);
	if (posix_spawn(&pid, file, &files, &attributes, argv, env) != 0)
		pid = -1;
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	return pid;
}

pid_t spawn_self(char *const *argv, char *const *env, int in, int out, int err)
{
	return spawn_program("/proc/self/exe", argv, env, (const int[3]){in, out, err});
}
