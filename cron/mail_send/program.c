/* program: main() of mail-send. */
#include "cron/mail_send/main.h"

int main(int argc, char **argv)
{
	return mail_main(argc, argv);
}
