/* program: main() of webhook-flush. */
#include "cron/webhook_flush/flush.h"

int main(int argc, char **argv)
{
	return flush_main(argc, argv);
}
