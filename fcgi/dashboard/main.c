/* main: dashboard.fcgi, which serves sign-in, the audit log and sales statistics. */
#include "common/api/server.h"
#include "fcgi/dashboard/modules.h"

int main(int argc, char **argv)
{
	return server_main(argc, argv, "dashboard", dashboard_modules);
}
