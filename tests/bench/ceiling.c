/* ceiling: the plain accept loop of libfcgi with a constant response, as an upper bound. */
#include <fcgiapp.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
	static char reply[2048];
	FCGX_Request r;
	int n;

	n = snprintf(reply, sizeof reply,
		"Status: 200 OK\r\nContent-Type: application/json\r\nContent-Length: "
		"1024\r\n\r\n{\"data\":\"");
	memset(reply + n, 'x', 1024 - 11);
	memcpy(reply + n + 1024 - 11, "\"}", 2);
	n += 1024 - 9;
	if (FCGX_Init() != 0 || FCGX_InitRequest(&r, 0, 0) != 0)
		return 1;
	while (FCGX_Accept_r(&r) == 0) {
		FCGX_PutStr(reply, n, r.out);
		FCGX_Finish_r(&r);
	}
	return 0;
}
