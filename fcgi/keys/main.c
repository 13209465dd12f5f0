/* main: keys.fcgi: the account, and every path that no other program answers. */
#include "common/api/server.h"
#include "fcgi/keys/account.h"

int main(int argc, char **argv)
{
	return serve_main(argc, argv, "keys",
		(const struct module *const[]){
			&account_module,
			NULL,
		});
}
