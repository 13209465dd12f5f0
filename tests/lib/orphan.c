/* orphan: an LD_PRELOAD shim that holds a starting program until its parent has gone, where it
 * makes the memory of its master. */

/* Build:   cc -shared -fPIC -o orphan.so tests/lib/orphan.c -ldl
 * Use:     LD_PRELOAD=…/orphan.so lighttpd … */
#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

int memfd_create(const char *name, unsigned flags)
{
	int (*real)(const char *, unsigned) = dlsym(RTLD_NEXT, "memfd_create");
	pid_t parent = getppid();

	while (getppid() == parent)
		usleep(1000);
	return real(name, flags);
}
