/* main: the sender of mail as a program. */
#ifndef TG_MAIL_SEND_MAIN_H
#define TG_MAIL_SEND_MAIN_H

/* The sender `mail-send` with its arguments; returns the exit status. */
int mail_main(int argc, char **argv);

#endif
