/* orphan: an LD_PRELOAD shim that holds a starting program, where it makes the memory of its
 * master, until the lighttpd that started it has gone. */

/* Build:   cc -shared -fPIC -o orphan.so tests/lib/orphan.c -ldl
 * Use:     LD_PRELOAD=…/orphan.so lighttpd … */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int parent_is_lighttpd(void)
{
	char path[64], name[32] = "";
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/comm", (int)getppid());
	f = fopen(path, "r");
	if (f == NULL)
		return 0;
	if (fgets(name, sizeof name, f) == NULL)
		name[0] = '\0';
	fclose(f);
	return strcmp(name, "lighttpd\n") == 0;
}

int memfd_create(const char *name, unsigned flags)
{
	int (*real)(const char *, unsigned) = dlsym(RTLD_NEXT, "memfd_create");

	while (parent_is_lighttpd())
		usleep(1000);
	return real(name, flags);
}
