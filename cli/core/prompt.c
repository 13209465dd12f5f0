/* prompt: asks for a line at the terminal. */
#include "cli/core/prompt.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

int prompt_line(const char *prompt, bool secret, char out[PROMPT_ROOM])
{
	struct termios before, quiet;
	bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;
	size_t n;

	if (terminal && secret) {
		quiet = before;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	}
	if (terminal)
		fputs(prompt, stderr);
	char *got = fgets(out, PROMPT_ROOM, stdin);
	if (terminal && secret) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
		fputc('\n', stderr);
	}
	if (!got)
		return -1;
	n = strlen(out);
	if (n == PROMPT_ROOM - 1 && out[n - 1] != '\n')
		return -2;
	out[strcspn(out, "\r\n")] = '\0';
	return 0;
}
