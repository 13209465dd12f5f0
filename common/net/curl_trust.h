/* curl_trust: which certificates a libcurl transfer accepts. */
#ifndef TG_NET_CURL_TRUST_H
#define TG_NET_CURL_TRUST_H

#include <curl/curl.h>

/* Requires TLS 1.2 and a certificate for the server's name from an authority of this machine or of
 * the file; `file` may be empty, and is the same for all transfers of a process. */
void curl_trust(CURL *e, const char *file);

#endif
