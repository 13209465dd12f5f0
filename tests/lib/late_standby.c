/* late_standby: an LD_PRELOAD shim that holds a standby process at its beginning, once for each
 * time that the file $TG_HOLD exists: it is renamed to $TG_HOLD.held, and held as long as that. */

/* Build:   cc -shared -fPIC -o late_standby.so tests/lib/late_standby.c -ldl
 * Use:     LD_PRELOAD=…/late_standby.so TG_HOLD=… lighttpd … */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static void hold(void)
{
	const char *file = getenv("TG_HOLD");
	char held[4096];

	if (file == NULL)
		return;
	snprintf(held, sizeof held, "%s.held", file);
	if (rename(file, held) != 0)
		return;
	while (access(held, F_OK) == 0)
		usleep(1000);
}

int prctl(int option, ...)
{
	int (*real)(int, ...) = dlsym(RTLD_NEXT, "prctl");
	unsigned long arg[4];
	va_list ap;

	va_start(ap, option);
	for (int i = 0; i < 4; i++)
		arg[i] = va_arg(ap, unsigned long);
	va_end(ap);
	if (option == PR_SET_NAME && strcmp((const char *)arg[0], "standby") == 0)
		hold();
	return real(option, arg[0], arg[1], arg[2], arg[3]);
}
