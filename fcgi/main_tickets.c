/* main_tickets: tickets.fcgi. */
#include "fcgi/tickets.h"

int main(int argc, char **argv)
{
	static const struct module *const modules[] = {&tickets_module, NULL};
	return serve_main(argc, argv, "tickets", modules);
}
