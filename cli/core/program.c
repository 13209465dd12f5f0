/* program: main() of the ticketgate command. */
#include "cli/core/cli.h"

int main(int argc, char **argv)
{
	return cli_main(argc, argv);
}
